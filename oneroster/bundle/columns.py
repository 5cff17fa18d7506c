"""The files and columns of a OneRoster CSV bundle (1EdTech, versions 1.1 and 1.2).

Whatever else a file has is kept with its row.
"""

COMMON = ["sourcedId", "status", "dateLastModified"]

# Per file: its columns after COMMON, in the standard's order. A file is known by its name without
# ".csv". The manifest alone has no COMMON.
COLUMNS = {
    "manifest": ["propertyName", "value"],
    "orgs": ["name", "type", "identifier", "parentSourcedId"],
    "academicSessions": [
        "title", "type", "startDate", "endDate", "parentSourcedId", "schoolYear",
    ],
    "courses": [
        "schoolYearSourcedId", "title", "courseCode", "grades", "orgSourcedId", "subjects",
        "subjectCodes",
    ],
    "categories": ["title", "weight"],
    "users": [
        "enabledUser", "username", "userIds", "givenName", "familyName", "middleName",
        "identifier", "email", "sms", "phone", "agentSourcedIds", "grades", "password",
        "userMasterIdentifier", "preferredGivenName", "preferredMiddleName",
        "preferredFamilyName", "primaryOrgSourcedId", "pronouns",
    ],
    "roles": [
        "userSourcedId", "roleType", "role", "beginDate", "endDate", "orgSourcedId",
        "userProfileSourcedId",
    ],
    "demographics": [
        "birthDate", "sex", "americanIndianOrAlaskaNative", "asian", "blackOrAfricanAmerican",
        "nativeHawaiianOrOtherPacificIslander", "white", "demographicRaceTwoOrMoreRaces",
        "hispanicOrLatinoEthnicity", "countryOfBirthCode", "stateOfBirthAbbreviation",
        "cityOfBirth", "publicSchoolResidenceStatus",
    ],
    "classes": [
        "title", "grades", "courseSourcedId", "classCode", "classType", "location",
        "schoolSourcedId", "termSourcedIds", "subjects", "subjectCodes", "periods",
    ],
    "enrollments": [
        "classSourcedId", "schoolSourcedId", "userSourcedId", "role", "primary", "beginDate",
        "endDate",
    ],
    "lineItems": [
        "title", "description", "assignDate", "dueDate", "classSourcedId", "categorySourcedId",
        "gradingPeriodSourcedId", "academicSessionSourcedId", "schoolSourcedId",
        "resultValueMin", "resultValueMax",
    ],
    "results": [
        "lineItemSourcedId", "studentSourcedId", "scoreStatus", "score", "textScore", "scoreDate",
        "comment", "classSourcedId", "inProgress", "incomplete", "late", "missing",
    ],
}  # fmt: skip

# Columns of version 1.1 that 1.2 no longer has.
OF_1_1 = {"users": ["orgSourcedIds", "role"]}

# Columns that a file must have; files not listed need the sourcedId alone.
REQUIRED = {
    "manifest": [],  # nothing depends on it
    "roles": ["sourcedId", "userSourcedId", "role"],
    "classes": ["sourcedId", "title"],
    "enrollments": ["sourcedId", "classSourcedId", "userSourcedId"],
    "lineItems": ["sourcedId", "title", "classSourcedId"],
    "results": ["sourcedId", "lineItemSourcedId", "studentSourcedId"],
}

# Misspellings that real exporters write, by `fold()` of the header.
ALIASES = {
    "prefferedgivenname": "preferredGivenName",
    "prefferedmiddlename": "preferredMiddleName",
    "prefferedfamilyname": "preferredFamilyName",
    "datalastmodified": "dateLastModified",
    "datemodified": "dateLastModified",
}

# Columns that hold dates, whose order of day and month is looked for (see `values.DateOrder`).
DATES = {
    "academicSessions": ["startDate", "endDate"],
    "roles": ["beginDate", "endDate"],
    "demographics": ["birthDate"],
    "enrollments": ["beginDate", "endDate"],
    "lineItems": ["assignDate", "dueDate"],
    "results": ["scoreDate"],
}

# Never kept, not even beside the row: a secret, and what changes with every export.
NOT_KEPT = {"password", "sourcedId", "dateLastModified"}

# Only read when the school wants them: they say what nobody needs for teaching.
ON_DEMAND = ["demographics"]

# Parts of the standard that are not imported; the report names those that a bundle has.
NOT_IMPORTED = [
    "classResources", "courseResources", "lineItemLearningObjectiveIds", "lineItemScoreScales",
    "resources", "resultLearningObjectiveIds", "resultScoreScales", "scoreScales",
    "userProfiles", "userResources",
]  # fmt: skip


def fold(name):
    """Return a header or file name in lower case, without blanks and underscores, for comparing."""
    return "".join(name.split()).replace("_", "").lower()


FILES = {fold(name): name for name in [*COLUMNS, *NOT_IMPORTED]}


def header(file):
    """Return the columns of a file in the standard's order."""
    return COLUMNS[file] if file == "manifest" else [*COMMON, *COLUMNS[file]]


def canonical(file):
    """Return {folded header: column} of one file, its common columns and known misspellings."""
    return ALIASES | {fold(name): name for name in [*COMMON, *COLUMNS[file], *OF_1_1.get(file, ())]}
