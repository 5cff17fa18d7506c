"""What each role may do with the app's models in the admin (core.permissions)."""

from core.permissions import ALL, KEEP, VIEW, register

# Money is only added to.
RECORD = VIEW | {"add"}

register(
    {
        "finance.invoice": {"money_office": ALL},
        "finance.payment": {"money_office": RECORD},
        "finance.creditnote": {"money_office": VIEW},
        "finance.fee": {"money_office": ALL},
        "finance.sponsor": {"money_office": ALL},
        "finance.paymentreminder": {"money_office": VIEW},
        "finance.reminderoptout": {"money_office": ALL},
        "finance.closedmonth": {"money_office": KEEP},
        "finance.feeplan": {"money_office": ALL},
        "finance.discount": {"money_office": ALL},
        "finance.billingrun": {"money_office": VIEW | {"delete"}},
        "finance.onlineevent": {"money_office": VIEW},
        "finance.bankstatement": {"money_office": VIEW | {"delete"}},
    },
    inline={
        "finance.invoiceline": {"money_office": ALL},
        "finance.paymentallocation": {"money_office": RECORD},
        "finance.paymentreversal": {"money_office": RECORD},
        "finance.numberseries": {"money_office": VIEW},
        "finance.feeplanitem": {"money_office": ALL},
        "finance.installment": {"money_office": ALL},
        "finance.studentdiscount": {"money_office": ALL},
        "finance.plancharge": {"money_office": VIEW},
        "finance.onlinecheckout": {"money_office": VIEW},
        "finance.banktransaction": {"money_office": VIEW},
    },
)
