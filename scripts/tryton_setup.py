"""Makes a Tryton database that a shop's documents can be booked in, for the tests: tryton_setup.py DATABASE PASSWORD

Modules, a company in CNY with its chart of accounts, fiscal years, VAT of 13 % on top, a few products, a web shop for its
unique key, and the user `bridge`. TRYTOND_CONFIG names the server's config. It may be run again.
"""

import datetime
import os
import subprocess
import sys
from decimal import Decimal

import trytond.config

CONFIG = os.environ.get("TRYTOND_CONFIG")
# Before 8.0 the module holds the config, and is not it.
getattr(trytond.config, "update_etc", None) or trytond.config.config.update_etc(CONFIG)

from trytond.transaction import Transaction  # noqa: E402  after the config

MODULES = [
    "party", "product", "company", "currency", "account", "account_product", "account_invoice", "account_invoice_stock",
    "sale", "stock", "web_shop",
]
PRODUCTS = [
    ("SKU-A", "Tea", "goods"),
    ("SKU-B", "Teapot", "goods"),
    ("SKU-C", "Cup", "goods"),
    ("SHIPPING", "Shipping", "service"),
    ("FEE", "Fee", "service"),
    ("ALLOWANCE", "Allowance", "service"),
]


def main(database, password):
    make_database(database)
    from proteus import Model, Wizard, config
    session = config.set_trytond(database, config_file=CONFIG)
    Setup(Model, Wizard, session, password).run()


def make_database(name):
    """Creates the database with the modules in it; nothing where it is whole, which a file beside the config says."""
    made = os.path.join(os.path.dirname(CONFIG or "/tmp/"), "made")
    with Transaction().start(None, 0, readonly=True, autocommit=True, close=True) as transaction:
        there = name in transaction.database.list()
    if there and os.path.exists(made):
        return
    with Transaction().start(None, 0, readonly=False, autocommit=True, close=True) as transaction:
        # What was left half made is made again.
        if there:
            transaction.database.drop(transaction.connection, name)
        transaction.database.create(transaction.connection, name)
    admin = os.path.join(os.path.dirname(sys.executable), "trytond-admin")
    subprocess.run(
        [admin, "-d", name, "-u", *MODULES, "--activate-dependencies", "--email", "nobody@localhost.invalid"],
        check=True)
    open(made, "w").close()


class Setup:
    def __init__(self, Model, Wizard, session, password):
        self.get, self.wizard, self.session, self.password = Model.get, Wizard, session, password

    def run(self):
        for item in self.get("ir.module.config_wizard.item").find([("state", "=", "open")]):
            item.state = "done"
            item.save()
        self.currency = self.make_currency()
        self.company = self.make_company()
        self.make_chart()
        for year in range(2024, datetime.date.today().year + 2):
            self.make_year(year)
        self.make_rounding()
        self.category = self.make_category()
        for code, name, kind in PRODUCTS:
            self.make_product(code, name, kind)
        self.make_term()
        self.make_shop()
        self.make_user()

    def one(self, model, domain):
        found = self.get(model).find(domain, limit=1)
        return found[0] if found else None

    def account(self, kind):
        of_parties = [("party_required", "=", True)] if kind in ("receivable", "payable") else []
        return self.one("account.account", [
            (f"type.{kind}", "=", True), ("company", "=", self.company.id), ("closed", "!=", True), *of_parties])

    def make_currency(self):
        found = self.one("currency.currency", [("code", "=", "CNY")])
        if found:
            return found
        currency = self.get("currency.currency")(
            name="Renminbi", code="CNY", numeric_code="156", symbol="¥", rounding=Decimal("0.01"), digits=2)
        currency.save()
        return currency

    def make_company(self):
        if not self.get("company.company").find([]):
            party = self.get("party.party")(name="The Company")
            party.save()
            wizard = self.wizard("company.company.config")
            wizard.execute("company")
            wizard.form.party = party
            wizard.form.currency = self.currency
            wizard.execute("add")
        (company,) = self.get("company.company").find([])
        User = self.get("res.user")
        user = User(self.session.user)
        if not user.company:
            user.companies.append(company)
            user.company = company
            user.save()
        self.session._context = User.get_preferences(True, {})
        return company

    def make_chart(self):
        if self.account("receivable"):
            return
        # The chart that comes with the module is called by language in some series.
        templates = self.get("account.account.template").find([("parent", "=", None)])
        wizard = self.wizard("account.create_chart")
        wizard.execute("account")
        wizard.form.account_template = templates[0]
        wizard.form.company = self.company
        try:
            wizard.form.account_code_digits = 0
        except AttributeError:
            pass
        wizard.execute("create_account")
        wizard.form.account_receivable = self.account("receivable")
        wizard.form.account_payable = self.account("payable")
        wizard.execute("create_properties")

    def make_year(self, number):
        Year = self.get("account.fiscalyear")
        if Year.find([("name", "=", str(number))]):
            return
        year = Year(name=str(number), company=self.company)
        year.start_date, year.end_date = datetime.date(number, 1, 1), datetime.date(number, 12, 31)
        if "post_move_sequence" in Year._fields:
            year.post_move_sequence = self.make_sequence("ir.sequence", "Account Move", f"Moves {number}")
        else:
            year.move_sequence = self.make_sequence("ir.sequence.strict", "Account Move", f"Moves {number}")
        row = year.invoice_sequences.new() if not year.invoice_sequences else year.invoice_sequences[0]
        invoices = self.make_sequence("ir.sequence.strict", "Invoice", f"Invoices {number}", f"{number}-")
        credits = self.make_sequence("ir.sequence.strict", "Invoice", f"Credit notes {number}", f"CN{number}-")
        row.in_invoice_sequence = row.out_invoice_sequence = invoices
        row.in_credit_note_sequence = row.out_credit_note_sequence = credits
        year.save()
        year.click("create_period")

    def make_sequence(self, model, kind, name, prefix=""):
        type_ = self.one("ir.sequence.type", [("name", "=", kind)])
        sequence = self.get(model)(name=name, sequence_type=type_, company=self.company, prefix=prefix)
        sequence.save()
        return sequence

    def make_rounding(self):
        """Tax by line, as shops print it; by document would be a cent off now and then."""
        configuration = self.get("account.configuration")(1)
        configuration.tax_rounding = "line"
        configuration.save()

    def make_category(self):
        Tax, Category = self.get("account.tax"), self.get("product.category")
        if not Tax.find([("rate", "=", Decimal("0.13"))]):
            account = self.one("account.account", [("name", "ilike", "%tax%"), ("closed", "!=", True), ("type", "!=", None)])
            tax = Tax(name="VAT 13 %", description="VAT 13 %", type="percentage", rate=Decimal("0.13"), company=self.company)
            tax.invoice_account = tax.credit_note_account = account
            tax.save()
        found = Category.find([("name", "=", "Sold with VAT")])
        if found:
            return found[0]
        category = Category(name="Sold with VAT", accounting=True)
        category.account_revenue, category.account_expense = self.account("revenue"), self.account("expense")
        category.customer_taxes.append(self.one("account.tax", [("rate", "=", Decimal("0.13"))]))
        category.save()
        return category

    def make_product(self, code, name, kind):
        if self.get("product.product").find([("code", "=", code)]):
            return
        unit = self.one("product.uom", [("name", "=", "Unit")])
        template = self.get("product.template")(name=name, code=code, default_uom=unit, type=kind, salable=True)
        template.list_price, template.account_category = Decimal("0"), self.category
        template.save()

    def make_term(self):
        Term = self.get("account.invoice.payment_term")
        if not Term.find([("name", "=", "Direct")]):
            term = Term(name="Direct")
            term.lines.new(type="remainder")
            term.save()

    def make_shop(self):
        Shop = self.get("web.shop")
        if not Shop.find([("name", "=", "Shop")]):
            Shop(name="Shop", company=self.company, currency=self.currency).save()

    def make_user(self):
        User = self.get("res.user")
        if User.find([("login", "=", "bridge")]):
            return
        user = User(name="Bridge", login="bridge", password=self.password)
        user.groups.extend(self.get("res.group").find([]))
        user.companies.append(self.company)
        user.company = self.company
        user.save()


if __name__ == "__main__":
    main(*sys.argv[1:])
