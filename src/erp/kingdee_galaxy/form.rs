//! The forms that are written, and their fields as a query names them: those under which they are saved.

use super::settings::Adjustments;

/// A kind of form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// `formid`.
    pub id: &'static str,
    /// In sentences.
    pub name: &'static str,
    /// The name of its body.
    pub body: &'static str,
    /// The customer's number.
    pub customer: &'static str,
    /// The form's own total.
    pub total: &'static str,
    /// An entry's id.
    pub entry: &'static str,
    pub note: &'static str,
    /// Pieces; an entry without them has one.
    pub quantity: Option<&'static str>,
    /// With tax.
    pub amount: &'static str,
    pub tax: &'static str,
    /// How many pieces have come back.
    pub returned: Option<&'static str>,
    /// True where it keeps what it credits as less than nothing.
    pub is_negative: bool,
}

/// 销售订单.
pub(super) static ORDER: Form = Form {
    id: "SAL_SaleOrder",
    name: "order",
    body: "order",
    customer: "FCustId.FNumber",
    total: "FBillAllAmount",
    entry: "FSaleOrderEntry_FEntryID",
    note: "FEntryNote",
    quantity: Some("FQty"),
    amount: "FAllAmount",
    tax: "FEntryTaxAmount",
    returned: None,
    is_negative: false,
};

/// 销售出库单.
pub(super) static OUTBOUND: Form = Form {
    id: "SAL_OUTSTOCK",
    name: "outbound",
    body: "outbound",
    customer: "FCustomerID.FNumber",
    total: "FBillAllAmount",
    entry: "FEntity_FEntryID",
    note: "FEntrynote",
    quantity: Some("FRealQty"),
    amount: "FAllAmount",
    tax: "FEntryTaxAmount",
    returned: Some("FReturnQty"),
    is_negative: false,
};

/// 销售退货单.
pub(super) static RETURN: Form = Form {
    id: "SAL_RETURNSTOCK",
    name: "return",
    body: "return",
    customer: "FRetcustId.FNumber",
    total: "FBillAllAmount",
    entry: "FEntity_FEntryID",
    note: "FNote",
    quantity: Some("FRealQty"),
    amount: "FAllAmount",
    tax: "FEntryTaxAmount",
    returned: None,
    is_negative: false,
};

/// 应收单.
static RECEIVABLE: Form = Form {
    id: "AR_receivable",
    name: "receivable",
    body: "receivable",
    customer: "FCUSTOMERID.FNumber",
    total: "FALLAMOUNTFOR",
    entry: "FEntityDetail_FEntryID",
    note: "FComment",
    quantity: Some("FPriceQty"),
    amount: "FALLAMOUNTFOR_D",
    tax: "FTAXAMOUNTFOR_D",
    returned: None,
    is_negative: true,
};

/// 其他应收单.
static OTHER_RECEIVABLE: Form = Form {
    id: "AR_OtherRecAble",
    name: "other receivable",
    body: "other_receivable",
    customer: "FCONTACTUNIT.FNumber",
    total: "FAMOUNTFOR",
    entry: "FEntity_FEntryID",
    note: "FCOMMENT",
    quantity: None,
    amount: "FAMOUNTFOR_D",
    tax: "FTAXAMOUNTFOR",
    returned: None,
    is_negative: true,
};

/// The form of a price allowance without goods.
pub(super) fn of_adjustments(adjustments: Adjustments) -> &'static Form {
    match adjustments {
        Adjustments::Receivable => &RECEIVABLE,
        Adjustments::OtherReceivable => &OTHER_RECEIVABLE,
    }
}

/// Every form's id.
pub(super) const IDS: [&str; 6] =
    ["BD_Customer", "SAL_SaleOrder", "SAL_OUTSTOCK", "SAL_RETURNSTOCK", "AR_receivable", "AR_OtherRecAble"];

impl Form {
    /// The keys of a query that reads it whole, in the order that `read.rs` takes them in.
    pub(super) fn keys(&self) -> Vec<&'static str> {
        let head = ["FID", "FBillNo", "FDocumentStatus", "FCancelStatus", self.customer, self.total];
        let entry = [self.entry, self.note, self.amount, self.tax];
        head.into_iter().chain(entry).chain(self.quantity).chain(self.returned).collect()
    }
}
