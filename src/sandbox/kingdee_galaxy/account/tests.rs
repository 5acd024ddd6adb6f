//! The rules, one by one.

use serde_json::json;

use super::*;

fn account() -> Account {
    let mut account = Account::new(true, vec!["ALLOWANCE".into()]);
    account.add_customer("U1", "王");
    account
}

fn number(text: &str) -> Value {
    json!({"FNumber": text})
}

fn order(bill_no: &str) -> Value {
    json!({
        "FID": 0, "FBillTypeID": {"FNUMBER": "XSDD01_SYS"}, "FBillNo": bill_no, "FDate": "2024-06-15",
        "FSaleOrgId": number("100"), "FCustId": number("U1"), "FNote": "sales_order; order S1; original S1",
        "FSaleOrderFinance": {"FSettleCurrId": number("PRE001"), "FExchangeTypeId": number("HLTX01_SYS"), "FIsIncludedTax": true},
        "FSaleOrderEntry": [{"FMaterialId": number("A"), "FUnitID": number("Pcs"), "FQty": 2, "FTaxPrice": 10.5,
            "FEntryTaxRate": 13, "FIsFree": false, "FEntryNote": "1"}],
    })
}

/// An outbound or a return of two A from one row of a form.
fn moved(entity: Entity, bill_no: &str, source: Option<(u64, u64)>, pieces: u32) -> Value {
    let (customer, material, stock, rule, table) = match entity {
        Entity::Outbound => ("FCustomerID", "FMaterialID", "FStockID", "SaleOrder-OutStock", "T_SAL_ORDERENTRY"),
        _ => ("FRetcustId", "FMaterialId", "FStockId", "OutStock-SalReturnStock", "T_SAL_OUTSTOCKENTRY"),
    };
    let (currency, exchange) = if entity == Entity::Outbound {
        ("FSettleCurrID", "FExchangeTypeID")
    } else {
        ("FSettleCurrId", "FExchangeTypeId")
    };
    let links: Vec<Value> = source
        .into_iter()
        .map(|(bill, row)| {
            json!({"FEntity_Link_FRuleId": rule, "FEntity_Link_FSTableName": table,
                "FEntity_Link_FSBillId": bill.to_string(), "FEntity_Link_FSId": row.to_string()})
        })
        .collect();
    json!({
        "FBillTypeID": number(entity.bill_type()), "FBillNo": bill_no, "FDate": "2024-06-15",
        "FSaleOrgId": number("100"), "FStockOrgId": number("100"), "FOwnerIdHead": number("100"), customer: number("U1"),
        "FHeadNote": "credit_note return; order S1; original S1",
        "SubHeadEntity": {currency: number("PRE001"), exchange: number("HLTX01_SYS"), "FIsIncludedTax": true},
        "FEntity": [{material: number("A"), "FUnitID": number("Pcs"), "FRealQty": pieces, "FTaxPrice": 10.5,
            "FEntryTaxRate": 13, "FIsFree": false, stock: number("CK001"), "FEntity_Link": links}],
    })
}

fn receivable(bill_no: &str, price: Value) -> Value {
    json!({
        "FBillTypeID": number("YSD01_SYS"), "FBillNo": bill_no, "FDATE": "2024-06-15", "FENDDATE_H": "2024-06-15",
        "FCUSTOMERID": number("U1"), "FCURRENCYID": number("PRE001"), "FSETTLEORGID": number("100"),
        "FPAYORGID": number("100"), "FSALEORGID": number("100"), "FAR_Remark": "credit_note discount; order S1; original S1",
        "FEntityDetail": [{"FMATERIALID": number("ALLOWANCE"), "FPRICEUNITID": number("Pcs"), "FPriceQty": -1,
            "FTaxPrice": price, "FEntryTaxRate": 13}],
    })
}

fn save(account: &mut Account, form: &str, model: &Value) -> Result<Saved, Refusal> {
    let data = json!({"IsDeleteEntry": "false", "IsVerifyBaseDataField": "true"});
    account.save(form, &Form::of("data", &data)?, &Form::of("Model", model)?, Status::Saved, 0)
}

fn in_force(account: &mut Account, form: &str, model: &Value) -> (u64, u64) {
    let id = save(account, form, model).unwrap_or_else(|e| panic!("{e:?}")).id;
    account.operate(form, id, Operation::Submit).unwrap_or_else(|e| panic!("{e:?}"));
    account.operate(form, id, Operation::Audit).unwrap_or_else(|e| panic!("{e:?}"));
    (id, account.bill(id).unwrap().entries[0].id)
}

fn with(mut value: Value, pointer: &str, to: Value) -> Value {
    *value.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = to;
    value
}

#[test]
fn each_field_is_checked() {
    let mut account = account();
    for (pointer, to, said) in [
        ("/FBillTypeID", number("X"), "FBillTypeID"),
        ("/FBillNo", json!(7), "FBillNo"),
        ("/FDate", json!("15.06.2024"), "FDate"),
        ("/FSaleOrgId", number("101"), "FSaleOrgId"),
        ("/FCustId", number("U2"), "FCustId"),
        ("/FCustId", json!("U1"), "FCustId"),
        ("/FSaleOrderFinance/FSettleCurrId", number("PRE007"), "FSettleCurrId"),
        ("/FSaleOrderFinance/FIsIncludedTax", json!(false), "FIsIncludedTax"),
        ("/FSaleOrderEntry", json!([]), "FSaleOrderEntry"),
        ("/FSaleOrderEntry/0/FMaterialId", number("UNKNOWN-1"), "FMaterialId"),
        ("/FSaleOrderEntry/0/FUnitID", number("kg"), "FUnitID"),
        ("/FSaleOrderEntry/0/FQty", json!("2"), "FQty"),
        ("/FSaleOrderEntry/0/FQty", json!(0), "FQty"),
        ("/FSaleOrderEntry/0/FTaxPrice", Value::Null, "FTaxPrice"),
        ("/FSaleOrderEntry/0/FTaxPrice", json!(-1), "FTaxPrice"),
        ("/FSaleOrderEntry/0/FIsFree", json!(true), "FIsFree"),
        ("/FSaleOrderEntry/0/FEntryTaxRate", json!(17), "FEntryTaxRate"),
    ] {
        let Err(refusal) = save(&mut account, "SAL_SaleOrder", &with(order("S1"), pointer, to)) else {
            panic!("{said}")
        };
        assert_eq!(refusal.field.as_deref(), Some(said), "{refusal:?}");
    }
    assert!(account.bills.is_empty());
    let saved = save(&mut account, "SAL_SaleOrder", &order("S1")).unwrap_or_else(|e| panic!("{e:?}"));
    let bill = account.bill(saved.id).unwrap();
    assert_eq!((bill.total(), bill.entries[0].tax), (Decimal::new(2100, 2), Decimal::new(242, 2)));
    let Err(refusal) = save(&mut account, "SAL_SaleOrder", &order("S1")) else { panic!() };
    assert!(refusal.is_duplicate() && refusal.code == 11, "{refusal:?}");
}

#[test]
fn a_form_goes_step_by_step_and_is_changed_only_while_it_is_open() {
    let mut account = account();
    let form = "SAL_SaleOrder";
    let id = save(&mut account, form, &order("S1")).unwrap_or_else(|e| panic!("{e:?}")).id;
    let code = |result: Result<Saved, Refusal>| result.err().map(|refusal| refusal.code);
    assert_eq!(code(account.operate(form, id, Operation::Audit)), Some(12));
    assert_eq!(code(account.operate(form, id, Operation::Submit)), None);
    assert_eq!(code(account.operate(form, id, Operation::Submit)), Some(12));
    assert_eq!(code(save(&mut account, form, &json!({"FID": id}))), Some(12));
    assert_eq!(code(account.operate(form, id, Operation::Audit)), None);
    assert_eq!(code(account.operate(form, id, Operation::UnAudit)), None);
    assert_eq!(code(save(&mut account, form, &json!({"FID": id}))), None);
    assert_eq!(account.bill(id).map(|bill| (bill.status, bill.entries.len())), Some((Status::Reopened, 1)));
    // Unless it is said otherwise, an update drops the rows that it leaves out.
    let data = json!({});
    let model = json!({"FID": id});
    let (data, model) = (Form::of("data", &data).unwrap(), Form::of("Model", &model).unwrap());
    account.save(form, &data, &model, Status::Saved, 0).unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!(account.bill(id).map(|bill| bill.entries.len()), Some(0));
    assert_eq!(code(account.operate(form, 1, Operation::Submit)), Some(10));
}

#[test]
fn nothing_is_shipped_or_taken_back_twice_or_without_a_source() {
    let mut account = account();
    let said = |result: Result<Saved, Refusal>| result.err().and_then(|refusal| refusal.field);
    let link = Some("FEntity_Link".to_owned());
    let out = |bill: &str, source, pieces| moved(Entity::Outbound, bill, source, pieces);
    let back = |bill: &str, source, pieces| moved(Entity::Return, bill, source, pieces);
    let id = save(&mut account, "SAL_SaleOrder", &order("S1")).unwrap_or_else(|e| panic!("{e:?}")).id;
    let row = account.bill(id).unwrap().entries[0].id;
    assert_eq!(said(save(&mut account, "SAL_OUTSTOCK", &out("O", Some((id, row)), 2))), link, "it is not audited");
    for operation in [Operation::Submit, Operation::Audit] {
        account.operate("SAL_SaleOrder", id, operation).unwrap_or_else(|e| panic!("{e:?}"));
    }
    assert_eq!(said(save(&mut account, "SAL_OUTSTOCK", &out("O", None, 2))), link);
    assert_eq!(said(save(&mut account, "SAL_OUTSTOCK", &out("O", Some((id, row)), 3))), link);
    let shipped = in_force(&mut account, "SAL_OUTSTOCK", &out("O", Some((id, row)), 2));
    assert_eq!(said(save(&mut account, "SAL_OUTSTOCK", &out("O2", Some((id, row)), 1))), link);
    assert_eq!(said(save(&mut account, "SAL_RETURNSTOCK", &back("R", None, 1))), link);
    assert_eq!(said(save(&mut account, "SAL_RETURNSTOCK", &back("R", Some((id, row)), 1))), link);
    in_force(&mut account, "SAL_RETURNSTOCK", &back("R", Some(shipped), 1));
    in_force(&mut account, "SAL_RETURNSTOCK", &back("R2", Some(shipped), 1));
    assert_eq!(said(save(&mut account, "SAL_RETURNSTOCK", &back("R3", Some(shipped), 1))), link);
    assert_eq!(account.taken(shipped.1), Decimal::TWO);
}

#[test]
fn more_is_never_credited_than_was_sold() {
    let mut account = account();
    assert!(save(&mut account, "AR_receivable", &receivable("N", json!(1))).is_err(), "nothing was sold");
    in_force(&mut account, "SAL_SaleOrder", &order("S1"));
    assert!(save(&mut account, "AR_receivable", &receivable("N", json!(21.01))).is_err());
    assert!(save(&mut account, "AR_receivable", &receivable("N", json!(21))).is_ok());
    assert!(save(&mut account, "AR_receivable", &receivable("N2", json!(0.01))).is_err());
    account.add_order("S1", Decimal::TEN);
    assert!(save(&mut account, "AR_receivable", &receivable("N2", json!(10))).is_ok());
}
