"""Bundles as real systems write them, and zips that are none."""

import io
import struct
import zipfile
from datetime import date

import pytest

from oneroster.bundle import reading as bundles
from oneroster.bundle.errors import BundleError
from oneroster.bundle.values import DateOrder, parse_date, parse_flag, parse_number
from tests.oneroster.bundles import (
    HEADERS,
    bundle_of,
    csv_text,
    enrollment,
    small,
    user,
    zip_of,
)

HEADER = "sourcedId,givenName,familyName\r\n"


def read(source):
    return bundles.read(source, "bundle.zip")


def users(content, name="users.csv"):
    return read(zip_of({name: content})).rows("users")


# --- text ---


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(encoding):
    [row] = users((HEADER + "1,Zoë,Müller\r\n").encode(encoding))
    assert (row.sourced_id, row["givenName"], row["familyName"]) == ("1", "Zoë", "Müller")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark(encoding):
    [row] = users((HEADER + "1,Zoë,Müller\r\n").encode(encoding))
    assert row["givenName"] == "Zoë"


def test_windows_text_is_noted():
    bundle = read(zip_of({"users.csv": (HEADER + "1,Zoë,X").encode("cp1252")}))
    assert [fault[4] for fault in bundle.faults] == ["not UTF-8; read as Windows-1252"]


def test_quoted_commas_quotes_and_line_ends_count_lines_right():
    text = HEADER + '1,"Ann, ""A""","Two\r\nlines"\r\n\r\n2,Bob,X\r\n'
    first, second = users(text)
    assert (first["givenName"], first["familyName"], first.line) == ('Ann, "A"', "Two\r\nlines", 2)
    assert (second.sourced_id, second.line) == ("2", 5)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end):
    assert len(users(f"sourcedId,givenName{end}1,A{end}2,B{end}")) == 2


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters(delimiter):
    [row] = users(f"sourcedId{delimiter}givenName\n1{delimiter}Ann\n")
    assert row["givenName"] == "Ann"


def test_control_characters_are_dropped():
    [row] = users(HEADER + "1,A\x00n\x07n,X\n")
    assert row["givenName"] == "Ann"


def test_a_row_with_too_many_cells_is_rejected_and_a_short_one_is_filled():
    bundle = read(zip_of({"users.csv": HEADER + "1,Ann,X,extra\n2,Bob\n3,Cy,Z,,\n"}))
    assert [row.sourced_id for row in bundle.rows("users")] == ["2", "3"]
    assert bundle.faults == [
        ("rejected", "users", 2, "1", "4 cells, but the header has 3: an unquoted comma?")
    ]
    assert bundle.rows("users")[0]["familyName"] == ""


# --- headers and names ---


def test_misspelt_reordered_and_extra_columns():
    text = (
        "metadata.colour,familyName,prefferedGivenName,SOURCEDID,dataLastModified,Given Name\n"
        "red,Ross,Bob,1,2020-01-01,Robert\n"
    )
    [row] = users(text)
    assert (row.sourced_id, row["preferredGivenName"], row["givenName"], row["familyName"]) == (
        "1", "Bob", "Robert", "Ross")  # fmt: skip
    assert row["dateLastModified"] == "2020-01-01"
    assert row.kept() == {
        "metadata.colour": "red",
        "familyName": "Ross",
        "preferredGivenName": "Bob",
        "givenName": "Robert",
    }


@pytest.mark.parametrize("header", ["dateLastModified", "dataLastModified", "dateModified"])
def test_names_of_the_last_change(header):
    [row] = users(f"sourcedId,{header},familyName\n1,2020-01-01,Ross\n")
    assert row["dateLastModified"] == "2020-01-01"


@pytest.mark.parametrize("name", ["USERS.CSV", "export/users.csv", "a/b/Users.csv", "a\\users.csv"])
def test_file_names(name):
    assert len(users(HEADER + "1,A,B\n", name)) == 1


def test_files_of_macos_and_others_are_passed_over():
    bundle = read(
        zip_of(
            {
                "b/users.csv": HEADER + "1,A,B\n",
                "__MACOSX/b/._users.csv": b"\0\0",
                "b/userprofiles.csv": "sourcedId\n1\n",
                "b/readme.txt": "hello",
            }
        )
    )
    assert (list(bundle.files), bundle.other_files) == (["users"], ["userProfiles"])


def test_a_missing_column_is_named():
    with pytest.raises(BundleError, match="^users.csv has no column sourcedId.$"):
        users("id,name\n1,A\n")


def test_an_empty_file_and_a_header_alone_have_no_rows():
    assert users("") == []
    assert users(HEADER) == []


def test_the_same_file_twice_is_refused():
    with pytest.raises(BundleError, match=r"holds users.csv twice \(a/users.csv and b/users.csv\)"):
        read(zip_of({"a/users.csv": HEADER, "b/users.csv": HEADER}))


def test_versions():
    assert read(bundle_of(small())).version == "1.2"
    assert read(bundle_of(small(manifest=None))).version == "1.2"
    assert read(bundle_of(small(manifest=None, roles=None))).version == "1.1"


# --- zips ---


def test_not_a_zip(tmp_path):
    with pytest.raises(BundleError, match="is not a zip file"):
        read(io.BytesIO(b"PK? no"))
    with pytest.raises(BundleError, match="cannot be read: No such file or directory"):
        bundles.read(tmp_path / "missing.zip")
    with pytest.raises(BundleError, match="cannot be read: Is a directory"):
        bundles.read(tmp_path)


def test_a_zip_without_oneroster_files():
    with pytest.raises(BundleError, match="holds no OneRoster file"):
        read(zip_of({"hello.txt": "hello"}))


@pytest.mark.parametrize(
    "name", ["../users.csv", "/etc/users.csv", "a/../../users.csv", "C:\\users.csv"]
)
def test_unsafe_names(name):
    with pytest.raises(BundleError, match="unsafe name"):
        users(HEADER, name)


def test_an_encrypted_zip():
    data = bytearray(zip_of({"users.csv": HEADER}).getvalue())
    entry = data.index(b"PK\x01\x02")  # the central directory's entry: flags at offset 8
    flags = struct.unpack_from("<H", data, entry + 8)[0]
    struct.pack_into("<H", data, entry + 8, flags | 1)
    with pytest.raises(BundleError, match="encrypted"):
        read(io.BytesIO(bytes(data)))


def test_a_damaged_zip():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("users.csv", HEADER + "1,Ann,X\n")
    with pytest.raises(BundleError, match="damaged"):
        read(io.BytesIO(stream.getvalue().replace(b"Ann", b"Bob")))


def test_limits(monkeypatch):
    monkeypatch.setattr(bundles, "MAX_FILE_BYTES", 1000)
    with pytest.raises(BundleError, match="larger than"):
        users(HEADER + "1,A,B\n" * 500)
    monkeypatch.setattr(bundles, "MAX_BUNDLE_BYTES", 1500)
    with pytest.raises(BundleError, match="The bundle is larger than"):
        read(zip_of({f"{name}.csv": "sourcedId\n" + "x\n" * 400 for name in ("users", "orgs")}))
    monkeypatch.setattr(bundles, "MAX_ENTRIES", 2)
    with pytest.raises(BundleError, match="holds 3 files"):
        read(zip_of({"1": "", "2": "", "3": ""}))
    monkeypatch.setattr(bundles, "MAX_ROWS", 2)
    with pytest.raises(BundleError, match="more than 2 rows"):
        users(HEADER + "1,A,B\n2,A,B\n3,A,B\n")


def test_limits_of_cells(monkeypatch):
    """A small zip of a great many tiny cells would fill the memory all the same."""
    monkeypatch.setattr(bundles, "MAX_COLUMNS", 5)
    with pytest.raises(BundleError, match="users.csv has more than 5 columns"):
        users("sourcedId,givenName,familyName,a,b,c\n1,A,B\n")
    monkeypatch.setattr(bundles, "MAX_CELLS", 8)
    assert users(HEADER + "1,A,B\n2,A,B\n")
    with pytest.raises(BundleError, match="more than 8 cells"):
        users(HEADER + "1,A,B\n2,A,B\n3,A,B\n")


def test_a_header_that_understates_the_size_does_not_help(monkeypatch):
    monkeypatch.setattr(bundles, "MAX_FILE_BYTES", 100)
    data = bytearray(zip_of({"users.csv": HEADER + "1,A,B\n" * 100}).getvalue())
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, 50)  # unpacked size
    with pytest.raises(BundleError, match="damaged|larger than"):
        read(io.BytesIO(bytes(data)))


def test_a_cell_that_is_no_cell():
    with pytest.raises(BundleError, match="users.csv, line 2: not readable as CSV"):
        users(HEADER + '1,"' + "x" * 200_000 + '",X\n')


# --- rows ---


def test_a_row_twice_is_skipped_and_a_contradiction_rejected():
    bundle = read(zip_of({"users.csv": HEADER + "1,Ann,X\n1,Ann,X\n1,Bob,X\n"}))
    assert [(fault[0], fault[2], fault[4]) for fault in bundle.faults] == [
        ("skipped", 3, "the same row as line 2"),
        ("rejected", 4, "the sourcedId stands on line 2 already"),
    ]


def test_a_sourced_id_that_is_too_long():
    bundle = read(zip_of({"users.csv": HEADER + f"{'x' * 256},Ann,X\n"}))
    assert bundle.rows("users") == []
    assert bundle.faults[0][4] == "the sourcedId has more than 255 characters"


# --- values ---


@pytest.mark.parametrize(
    ("text", "day_first", "expected"),
    [
        ("2025-09-01", False, date(2025, 9, 1)),
        ("2025-09-01T23:59:00.000Z", False, date(2025, 9, 1)),
        ("2025-9-1 00:00:00", False, date(2025, 9, 1)),
        ("20250901", False, date(2025, 9, 1)),
        ("1/05/2023", False, date(2023, 1, 5)),
        ("1/05/2023", True, date(2023, 5, 1)),
        ("1/05/23 08:00", False, date(2023, 1, 5)),
        ("31.12.2023", False, date(2023, 12, 31)),
        ("", False, None),
        ("0001-01-01", False, None),
        ("9999-12-31", False, None),
    ],
)
def test_dates(text, day_first, expected):
    assert parse_date(text, day_first) == expected


@pytest.mark.parametrize(
    "text", ["2025-13-01", "2025-02-30", "13/13/2025", "soon", "1/2", "²/1/2025"]
)
def test_no_dates(text):
    with pytest.raises(ValueError, match="is not a date"):
        parse_date(text)


def order(begins, others=()):
    rows = [enrollment(f"e{i}", "c", "u", beginDate=d) for i, d in enumerate(begins)]
    sessions = [{"sourcedId": f"s{i}", "startDate": d} for i, d in enumerate(others)]
    return DateOrder(read(bundle_of({"enrollments": rows, "academicSessions": sessions})))


@pytest.mark.parametrize(
    ("begins", "others", "day_first", "why"),
    [
        (["1/05/2023", "13/05/2023"], [], True, "its values show it"),
        (["1/05/2023", "5/13/2023"], [], False, "its values show it"),
        (["1/05/2023"], [], False, "no value shows the order"),
        (["1/05/2023"], ["25/08/2023"], True, "as in the bundle's other files"),
        (["13/05/2023", "05/13/2023"], [], False, "its values contradict each other"),
    ],
)
def test_order_of_day_and_month(begins, others, day_first, why):
    date_order = order(begins, others)
    assert date_order.day_first("enrollments") is day_first
    assert dict(date_order.assumptions())["enrollments"].endswith(why)


def test_no_assumption_without_such_dates():
    assert list(order(["2023-05-01", "01.05.2023"]).assumptions()) == []


def test_flags():
    assert [parse_flag(text, default=None) for text in ("TRUE", "true", "1", "False", "", "?")] == [
        True, True, True, False, None, None]  # fmt: skip


@pytest.mark.parametrize("text", ["1,2,3", "1,000.5", "x", "--1", "NaN", "-Infinity"])
def test_no_numbers(text):
    with pytest.raises(ValueError, match="is not a number"):
        parse_number(text)


@pytest.mark.django_db
def test_a_bundle_with_all_oddities_at_once(run):
    files = small()
    files["users"].append(user("u-x", "Zoë", "Ünal", email="zoe@school.example"))
    files["roles"].append({"sourcedId": "r-x", "userSourcedId": "u-x", "role": "STUDENT"})
    files["enrollments"].append(
        enrollment("e-x", "c1", "u-x", "Student", beginDate="13/09/2025", endDate="1/12/2025")
    )
    zipped = bundle_of(files, folder="export/", encoding="utf-8-sig", extra=["metadata.bus"])
    report = run(zipped, strict=True)
    assert report.kept
    assert report.remarks == [
        "enrollments.csv: dates such as 1/05/2023 are read as day/month/year: its values show it.",
        "Classes that run in several terms: 1. They belong to none of them;"
        " lists and report cards show them in each.",
    ]
    from academics.models import Enrollment

    made = Enrollment.objects.get(student__email="zoe@school.example")
    assert (made.enrollment_date, made.completion_date) == (date(2025, 9, 13), date(2025, 12, 1))


@pytest.mark.django_db
def test_files_may_be_missing(run):
    report = run({"users": small()["users"], "enrollments": []})
    assert report.counts["users"] == {"rejected": 5}
    assert csv_text(HEADERS["users"], []).startswith("sourcedId,")
