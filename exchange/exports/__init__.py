"""Files that leave the school: asked for, made (at once or in the background), fetched.

request(...)        ask for a file; ready at once when small, else queued
make(export)        do the work of one row, in the context of whoever asked
download_url(...)   the signed link to the file
builders            who makes which kind of file
"""

from exchange.exports.errors import Cancelled, ExportRefused
from exchange.exports.links import download_url
from exchange.exports.requests import request
from exchange.exports.run import make

__all__ = ["Cancelled", "ExportRefused", "download_url", "make", "request"]
