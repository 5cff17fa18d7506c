"""Parts of a page that are the same for everybody, drawn once: {% load kept %}."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.urls import get_urlconf
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()
AT_MOST = 100  # texts that one block keeps


@register.tag
def kept(parser: Parser, token: Token) -> KeptNode:
    """{% kept theme=theme %}…{% endkept %}: draw the block once for each language and `theme`.

    The block sees the named values and nothing else of the page, so that it cannot say to one
    person what it was drawn with for another. Name only what has few values.
    """
    bits = token.split_contents()[1:]
    values = token_kwargs(bits, parser)
    if bits:
        raise template.TemplateSyntaxError("kept takes name=value only.")
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(nodelist, values)


class KeptNode(template.Node):
    def __init__(self, nodelist: NodeList, values: dict[str, FilterExpression]) -> None:
        self.nodelist = nodelist
        self.values = values
        self.texts: dict[Hashable, SafeString] = {}

    def render(self, context: template.Context) -> SafeString:
        values: dict[str, Any] = {
            name: value.resolve(context) for name, value in self.values.items()
        }
        key = (get_language(), get_urlconf(), *values.values())
        if key not in self.texts:
            if len(self.texts) >= AT_MOST:
                self.texts.clear()
            self.texts[key] = self.nodelist.render(context.new(values))
        return self.texts[key]
