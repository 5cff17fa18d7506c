"""Filters of the gradebook's templates, with the texts that its script gets, too."""

from django import template

from academics.grading import texts

register = template.Library()
register.filter("percent", texts.percent)
register.filter("column_mean", texts.mean)
