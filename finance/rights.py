"""What each role may do with the app's models in the admin (core.permissions)."""

from core.permissions import ALL, KEEP, VIEW, register

# Money is only added to.
RECORD = VIEW | {"add"}

register(
    {
        "finance.invoice": {"admin": ALL},
        "finance.payment": {"admin": RECORD},
        "finance.creditnote": {"admin": VIEW},
        "finance.fee": {"admin": ALL},
        "finance.sponsor": {"admin": ALL},
        "finance.paymentreminder": {"admin": VIEW},
        "finance.reminderoptout": {"admin": ALL},
        "finance.closedmonth": {"admin": KEEP},
        "finance.feeplan": {"admin": ALL},
        "finance.discount": {"admin": ALL},
        "finance.billingrun": {"admin": VIEW | {"delete"}},
        "finance.onlineevent": {"admin": VIEW},
    },
    inline={
        "finance.invoiceline": {"admin": ALL},
        "finance.paymentallocation": {"admin": RECORD},
        "finance.paymentreversal": {"admin": RECORD},
        "finance.numberseries": {"admin": VIEW},
        "finance.feeplanitem": {"admin": ALL},
        "finance.installment": {"admin": ALL},
        "finance.studentdiscount": {"admin": ALL},
        "finance.plancharge": {"admin": VIEW},
        "finance.onlinecheckout": {"admin": VIEW},
    },
)
