"""Makes an Odoo database one that a shop's documents can be booked in, for the tests: odoo_setup.py URL DATABASE PASSWORD

The books in CNY, taxes of 13 % and of none on sales, a few products, and the user `bridge`, over JSON-RPC as `admin`: series 14 to
19. It may be run again.
"""

import json
import sys
import urllib.request

ADMIN = "admin"
PRODUCTS = [
    ("SKU-A", "Tea", "consu"),
    ("SKU-B", "Teapot", "consu"),
    ("SKU-C", "Cup", "consu"),
    ("SHIPPING", "Shipping", "service"),
    ("FEE", "Fee", "service"),
    ("ALLOWANCE", "Allowance", "service"),
]
GROUPS = ["sales_team.group_sale_manager", "account.group_account_manager", "base.group_partner_manager"]
TAXES = [("VAT 13%", 13), ("VAT 0%", 0)]


class Odoo:
    def __init__(self, url, database):
        self.url, self.database = url, database
        self.user = self.call("common", "authenticate", database, "admin", ADMIN, {})
        if not self.user:
            sys.exit("odoo_setup: admin is refused")
        self.series = self.call("common", "version")["server_version_info"][0]

    def call(self, service, method, *args):
        body = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": {"service": service, "method": method, "args": args}}
        request = urllib.request.Request(
            self.url + "/jsonrpc", json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=300) as response:
            answer = json.load(response)
        if "error" in answer:
            sys.exit("odoo_setup: %s: %s" % (args[3:5], answer["error"]["data"]["debug"]))
        return answer.get("result")

    def __call__(self, model, method, *args, **kwargs):
        return self.call("object", "execute_kw", self.database, self.user, ADMIN, model, method, args, kwargs)

    def one(self, model, domain, values):
        """The id of the record that the domain finds, else of one with the values."""
        found = self(model, "search", domain, limit=1, context={"active_test": False})
        return found[0] if found else self(model, "create", dict(values))

    def xml_id(self, name):
        module, name = name.split(".")
        return self("ir.model.data", "search_read", [["module", "=", module], ["name", "=", name]], ["res_id"])[0]["res_id"]


def main(url, database, password):
    odoo = Odoo(url, database)
    make_chart(odoo)
    odoo("res.company", "write", [1], {"tax_calculation_rounding_method": "round_per_line"})
    make_currency(odoo)
    taxes = make_taxes(odoo)
    make_products(odoo, taxes)
    make_user(odoo, password)


def make_chart(odoo):
    """From 17 on no module brings the one of no country."""
    if not odoo("account.journal", "search", [["type", "=", "sale"]], limit=1):
        odoo("account.chart.template", "try_loading", "generic_coa", 1)


def make_currency(odoo):
    """The company's and its pricelists': an order is in its pricelist's."""
    cny = odoo.xml_id("base.CNY")
    odoo("res.currency", "write", [cny], {"active": True})
    if odoo("res.company", "read", [1], ["currency_id"])[0]["currency_id"][0] != cny:
        odoo("res.company", "write", [1], {"currency_id": cny})
    pricelists = odoo("product.pricelist", "search", [["currency_id", "!=", cny]])
    if pricelists:
        odoo("product.pricelist", "write", pricelists, {"currency_id": cny})


def make_taxes(odoo):
    """Ids by percentage."""
    on_top = {"price_include_override": "tax_excluded"} if odoo.series >= 18 else {"price_include": False}
    return {
        percent: odoo.one(
            "account.tax", [["name", "=", name], ["type_tax_use", "=", "sale"]],
            {"name": name, "amount_type": "percent", "amount": percent, "type_tax_use": "sale", **on_top})
        for name, percent in TAXES
    }


def make_products(odoo, taxes):
    for code, name, kind in PRODUCTS:
        odoo.one("product.product", [["default_code", "=", code]], {
            "default_code": code, "name": name, "type": kind, "invoice_policy": "order", "sale_ok": True, "list_price": 1,
            "taxes_id": [[6, 0, [taxes[13]]]]})


def make_user(odoo, password):
    groups = [[4, odoo.xml_id(name)] for name in GROUPS]
    of_user = "group_ids" if odoo.series >= 19 else "groups_id"
    user = odoo.one("res.users", [["login", "=", "bridge"]], {"login": "bridge", "name": "Bridge", of_user: groups})
    odoo("res.users", "write", [user], {"password": password})


if __name__ == "__main__":
    main(*sys.argv[1:])
