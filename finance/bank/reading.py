"""An uploaded file of the bank: what it is, and its lines where no columns have to be named."""

import re
from pathlib import Path

from django.utils.translation import gettext as _

from exchange.imports.encodings import detect_encoding
from finance.bank import camt, mt940_file
from finance.bank.lines import MAX_BYTES, BankFile, BankFileRefused

XML = re.compile(rb"(\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\x00]*<")


def read(path: Path) -> BankFile | None:
    """Return the lines of CAMT.053 or MT940; None for a table. Raises `BankFileRefused`."""
    if path.stat().st_size > MAX_BYTES:
        raise BankFileRefused(
            _("The file is larger than %(max)d MB; export a shorter period.")
            % {"max": MAX_BYTES // 2**20}
        )
    data = path.read_bytes()
    if XML.match(data):
        return camt.read(data)
    encoding = detect_encoding(path)
    text = data.decode(encoding, errors="replace") if encoding else ""
    return mt940_file.read(text) if mt940_file.looks_like(text) else None
