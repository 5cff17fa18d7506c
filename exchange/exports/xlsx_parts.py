"""The XML around the rows of a workbook: heads and tails of sheets, styles, and the book itself."""

import re
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from openpyxl.utils import get_column_letter

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
BOLD = 1  # index of the header's style; those of the formats follow
FIRST_FORMAT = 164  # smaller numbers are the format's own
WIDTHS = (10, 50)
NUMBER_WIDTH = 18  # of a date and time, the widest number
SHEET_NAME = 31  # characters
NOT_IN_SHEET_NAME = re.compile(r"[\s\[\]:*?/\\\x00-\x1f]+")


def decimal_format(places: int) -> str:
    """Return the number format of a decimal number."""
    return "0" if places == 0 else f"#,##0.{'0' * places}"


def style_indexes(formats: Sequence[str | None]) -> list[int | None]:
    """Return the index of each format's style, None for None."""
    known = _distinct(formats)
    return [None if code is None else BOLD + 1 + known.index(code) for code in formats]


def _distinct(formats: Sequence[str | None]) -> list[str]:
    return list(dict.fromkeys(code for code in formats if code is not None))


def column_width(label: str, is_number: bool, cells: Sequence[bytes]) -> int:
    """Return a column's width in characters, by its label and the XML of some of its cells."""
    longest = NUMBER_WIDTH if is_number else max((len(cell.decode()) for cell in cells), default=0)
    narrow, wide = WIDTHS
    return min(max(len(label) + 4, longest + 2, narrow), wide)


def sheet_head(labels: Sequence[str], widths: Sequence[int], is_first: bool) -> bytes:
    """Return the XML of a sheet up to its first row: frozen header, widths, bold labels."""
    columns = "".join(
        f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
        for number, width in enumerate(widths, 1)
    )
    cells = "".join(
        f'<c s="{BOLD}" t="inlineStr"><is><t xml:space="preserve">{escape(label)}</t></is></c>'
        for label in labels
    )
    selected = ' tabSelected="1"' if is_first else ""
    return (
        f'{XML}<worksheet {MAIN}><sheetViews><sheetView{selected} workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        f"</sheetView></sheetViews><cols>{columns}</cols><sheetData><row>{cells}</row>"
    ).encode()


def sheet_tail(column_count: int, row_count: int) -> bytes:
    """Return the XML of a sheet after its last row; `row_count` counts the header too."""
    area = f"A1:{get_column_letter(column_count)}{row_count}"
    return f'</sheetData><autoFilter ref="{area}"/></worksheet>'.encode()


def book_parts(
    title: str, column_count: int, sheet_rows: Sequence[int], formats: Sequence[str | None]
) -> dict[str, str]:
    """Return {name in the zip: XML} of all parts beside the sheets.

    `sheet_rows` holds the number of rows of each sheet, with its header.
    """
    numbers = range(1, len(sheet_rows) + 1)
    return {
        "xl/workbook.xml": _workbook(title, column_count, sheet_rows),
        "xl/styles.xml": _styles(_distinct(formats)),
        "xl/_rels/workbook.xml.rels": _relations(
            [("worksheet", f"worksheets/sheet{number}.xml") for number in numbers]
            + [("styles", "styles.xml")]
        ),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "[Content_Types].xml": _content_types(numbers),
    }


def _workbook(title: str, column_count: int, sheet_rows: Sequence[int]) -> str:
    names = sheet_names(title, len(sheet_rows))
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"/>'
        for number, name in enumerate(names, 1)
    )
    # Excel looks for the filter's area under this name too.
    filters = "".join(
        f'<definedName name="_xlnm._FilterDatabase" localSheetId="{index}" hidden="1">'
        f"{escape(_quoted(name))}!$A$1:${get_column_letter(column_count)}${rows}</definedName>"
        for index, (name, rows) in enumerate(zip(names, sheet_rows, strict=True))
    )
    return (
        f'{XML}<workbook {MAIN} xmlns:r="{OFFICE}"><bookViews><workbookView/></bookViews>'
        f"<sheets>{sheets}</sheets><definedNames>{filters}</definedNames></workbook>"
    )


def sheet_names(title: str, count: int) -> list[str]:
    """Return the names of the sheets: the title as far as it fits, and a number from the second."""
    name = NOT_IN_SHEET_NAME.sub(" ", title).strip(" '") or "Sheet"
    names = [name[:SHEET_NAME]]
    for number in range(2, count + 1):
        ending = f" ({number})"
        names.append(name[: SHEET_NAME - len(ending)] + ending)
    return names


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _styles(formats: Sequence[str]) -> str:
    codes = "".join(
        f'<numFmt numFmtId="{number}" formatCode={quoteattr(code)}/>'
        for number, code in enumerate(formats, FIRST_FORMAT)
    )
    codes = f'<numFmts count="{len(formats)}">{codes}</numFmts>' if formats else ""
    styles = "".join(
        f'<xf numFmtId="{number}" fontId="0" fillId="0" borderId="0" xfId="0"'
        ' applyNumberFormat="1"/>'
        for number in range(FIRST_FORMAT, FIRST_FORMAT + len(formats))
    )
    font = '<sz val="11"/><name val="Calibri"/><family val="2"/>'
    return (
        f"{XML}<styleSheet {MAIN}>{codes}"
        f'<fonts count="2"><font>{font}</font><font><b/>{font}</font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
        f'</cellStyleXfs><cellXfs count="{2 + len(formats)}">'
        '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
        f'{styles}</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0"'
        ' builtinId="0"/></cellStyles></styleSheet>'
    )


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    lines = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{lines}</Relationships>'


def _content_types(sheet_numbers: Iterable[int]) -> str:
    parts = {"/xl/workbook.xml": "sheet.main", "/xl/styles.xml": "styles"} | {
        f"/xl/worksheets/sheet{number}.xml": "worksheet" for number in sheet_numbers
    }
    lines = "".join(
        f'<Override PartName="{name}" ContentType="{TYPES}.{kind}+xml"/>'
        for name, kind in parts.items()
    )
    return (
        f'{XML}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{lines}</Types>'
    )
