"""URLs of the students' and guardians' own pages."""

from portal.views import (
    handing_in,
    home,
    own_absences,
    own_attendance,
    own_classes,
    own_documents,
    own_grades,
    own_money,
    own_statement,
    timetable,
)
from portal.views.own import own_pages

urlpatterns = [
    *own_pages("today", "", home.today_page),
    *own_pages("results_read", "results-read/", home.mark_results_read),
    *own_pages("timetable", "timetable/", timetable.timetable),
    *own_pages("assignments", "assignments/", handing_in.assignment_list),
    *own_pages("assignment", "assignments/<uuid:assignment_id>/", handing_in.assignment_page),
    *own_pages("classes", "classes/", own_classes.classes),
    *own_pages("class", "classes/<uuid:class_id>/", own_classes.school_class),
    *own_pages("attendance", "attendance/", own_attendance.attendance),
    *own_pages("absences", "absences/", own_absences.absences),
    *own_pages("absence_withdraw", "absences/<uuid:absence_id>/withdraw/", own_absences.withdraw),
    *own_pages("grades", "grades/", own_grades.grades),
    *own_pages("invoices", "invoices/", own_money.invoices),
    *own_pages("statement", "invoices/statement/", own_statement.show),
    *own_pages("statement_pdf", "invoices/statement/pdf/", own_statement.as_pdf),
    *own_pages("invoice", "invoices/<uuid:invoice_id>/", own_money.invoice),
    *own_pages("invoice_pdf", "invoices/<uuid:invoice_id>/pdf/", own_money.invoice_pdf),
    *own_pages("invoice_pay", "invoices/<uuid:invoice_id>/pay/", own_money.pay),
    *own_pages("report_card", "report-card/", own_documents.report_card),
    *own_pages("transcript", "transcript/", own_documents.transcript),
    *own_pages("receipt", "receipts/<uuid:payment_id>/", own_money.receipt),
    *own_pages("receipt_pdf", "receipts/<uuid:payment_id>/pdf/", own_money.receipt_pdf),
    *own_pages("credit_note_pdf", "credit-notes/<uuid:note_id>/pdf/", own_money.credit_note_pdf),
]
