"""Make OneRoster bundles: a dict of rows becomes the bytes of a zip."""

import csv
import io
import zipfile

HEADERS = {
    "manifest": ["propertyName", "value"],
    "orgs": ["sourcedId", "status", "dateLastModified", "name", "type", "identifier",
             "parentSourcedId"],
    "academicSessions": ["sourcedId", "status", "dateLastModified", "title", "type", "startDate",
                         "endDate", "parentSourcedId", "schoolYear"],
    "courses": ["sourcedId", "status", "dateLastModified", "schoolYearSourcedId", "title",
                "courseCode", "grades", "orgSourcedId", "subjects", "subjectCodes"],
    "categories": ["sourcedId", "status", "dateLastModified", "title", "weight"],
    "users": ["sourcedId", "status", "dateLastModified", "enabledUser", "username", "userIds",
              "givenName", "familyName", "middleName", "identifier", "email", "sms", "phone",
              "agentSourcedIds", "grades", "password", "userMasterIdentifier",
              "preferredGivenName", "preferredMiddleName", "preferredFamilyName",
              "primaryOrgSourcedId", "pronouns"],
    "roles": ["sourcedId", "status", "dateLastModified", "userSourcedId", "roleType", "role",
              "beginDate", "endDate", "orgSourcedId", "userProfileSourcedId"],
    "demographics": ["sourcedId", "status", "dateLastModified", "birthDate", "sex", "asian"],
    "classes": ["sourcedId", "status", "dateLastModified", "title", "grades", "courseSourcedId",
                "classCode", "classType", "location", "schoolSourcedId", "termSourcedIds",
                "subjects", "subjectCodes", "periods"],
    "enrollments": ["sourcedId", "status", "dateLastModified", "classSourcedId",
                    "schoolSourcedId", "userSourcedId", "role", "primary", "beginDate", "endDate"],
    "lineItems": ["sourcedId", "status", "dateLastModified", "title", "description", "assignDate",
                  "dueDate", "classSourcedId", "categorySourcedId", "gradingPeriodSourcedId",
                  "academicSessionSourcedId", "schoolSourcedId", "resultValueMin",
                  "resultValueMax"],
    "results": ["sourcedId", "status", "dateLastModified", "lineItemSourcedId",
                "studentSourcedId", "scoreStatus", "score", "textScore", "scoreDate", "comment"],
}  # fmt: skip


def csv_text(header, rows):
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, header)  # CRLF, quoted where needed
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def zip_of(contents):
    """Return the zip of {name: text or bytes} as a binary file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    stream.seek(0)
    return stream


def bundle_of(files, *, folder="", encoding="utf-8", extra=()):
    """Return the zip of {file: rows}; `extra` columns stand to the right of every file's own."""
    return zip_of(
        {
            f"{folder}{file}.csv": csv_text([*HEADERS[file], *extra], rows).encode(encoding)
            for file, rows in files.items()
        }
    )


def small(**changes):
    """Return {file: rows} of a small school: two teachers, three students, two classes.

    `changes` replaces whole files; None leaves one out.
    """
    files = {
        "manifest": [
            {"propertyName": "manifest.version", "value": "1.0"},
            {"propertyName": "oneroster.version", "value": "1.2"},
        ],
        "orgs": [
            {"sourcedId": "d1", "name": "District", "type": "district"},
            {"sourcedId": "s1", "name": "High School", "type": "school", "parentSourcedId": "d1"},
        ],
        "academicSessions": [
            session("y1", "schoolYear", "2025-08-25", "2026-06-05"),
            session("t1", "term", "2025-08-25", "2025-12-19"),
            session("t2", "term", "2026-01-05", "2026-06-05"),
        ],
        "courses": [
            {"sourcedId": "co1", "title": "Algebra", "courseCode": "ALG", "grades": "09,10",
             "subjects": "Mathematics", "schoolYearSourcedId": "y1"},
        ],
        "users": [
            user("u-t1", "Ada", "Byron", email="ada@school.example"),
            user("u-t2", "Emmy", "Noether", email="emmy@school.example"),
            user("u-s1", "Max", "Young", email="max@school.example"),
            user("u-s2", "Mia", "Yates", email=""),
            user("u-s3", "Moe", "York", email="moe@school.example"),
        ],
        "roles": [
            role("u-t1", "teacher"), role("u-t2", "teacher"),
            role("u-s1", "student"), role("u-s2", "student"), role("u-s3", "student"),
        ],
        "classes": [
            school_class("c1", "Algebra 1", termSourcedIds="t1", classCode="ALG-1"),
            school_class("c2", "Algebra 2", termSourcedIds="t1,t2", classCode="ALG-2"),
        ],
        "enrollments": [
            enrollment("e-t1", "c1", "u-t1", "teacher", primary="true"),
            enrollment("e-t2", "c2", "u-t2", "teacher", primary="true"),
            enrollment("e-1", "c1", "u-s1"), enrollment("e-2", "c1", "u-s2"),
            enrollment("e-3", "c2", "u-s1"), enrollment("e-4", "c2", "u-s3"),
        ],
        "categories": [{"sourcedId": "cat1", "title": "Quizzes"}],
        "lineItems": [line_item("l1", "c1", "Quiz 1"), line_item("l2", "c1", "Essay")],
        "results": [
            result("r1", "l1", "u-s1", score="7.50"), result("r2", "l2", "u-s2", score="9"),
        ],
    }  # fmt: skip
    files |= changes
    return {file: rows for file, rows in files.items() if rows is not None}


def session(sourced_id, kind, start, end):
    return {"sourcedId": sourced_id, "title": sourced_id, "type": kind, "startDate": start,
            "endDate": end}  # fmt: skip


def user(sourced_id, given, family, **columns):
    own = {"sourcedId": sourced_id, "enabledUser": "true", "givenName": given,
           "familyName": family, "username": sourced_id, "primaryOrgSourcedId": "s1"}  # fmt: skip
    return own | columns


def role(user_id, name, **columns):
    return {"sourcedId": f"role-{user_id}-{name}", "userSourcedId": user_id, "role": name,
            "roleType": "primary", "orgSourcedId": "s1"} | columns  # fmt: skip


def school_class(sourced_id, title, **columns):
    return {"sourcedId": sourced_id, "title": title, "courseSourcedId": "co1",
            "classType": "Scheduled", "schoolSourcedId": "s1"} | columns  # fmt: skip


def enrollment(sourced_id, class_id, user_id, role="student", **columns):
    return {"sourcedId": sourced_id, "classSourcedId": class_id, "userSourcedId": user_id,
            "role": role, "schoolSourcedId": "s1"} | columns  # fmt: skip


def line_item(sourced_id, class_id, title, **columns):
    return {"sourcedId": sourced_id, "title": title, "classSourcedId": class_id,
            "categorySourcedId": "cat1", "assignDate": "2025-09-01", "dueDate": "2025-09-08",
            "resultValueMax": "10"} | columns  # fmt: skip


def result(sourced_id, line_item_id, student_id, **columns):
    return {"sourcedId": sourced_id, "lineItemSourcedId": line_item_id,
            "studentSourcedId": student_id, "scoreStatus": "fully graded",
            "scoreDate": "2025-09-10"} | columns  # fmt: skip
