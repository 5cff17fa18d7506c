"""What the gradebook's templates write as its script is told: {% load gradebook %}."""

from django import template

from academics.grading import texts

register = template.Library()
register.filter("percent", texts.percent)
register.filter("column_mean", texts.mean)
