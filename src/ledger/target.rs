//! Where each line should stand: lines matched to what was told, refunds taken off, amounts spread to the store's total.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::{Held, ToldLine};
use crate::document::{
    LineKind, Minor, OrderView, PIECES_LIMIT, RefundLineView, RefundView, Tax, ViewLine, pieces_fit,
};

/// Where one line should stand.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Target<'a> {
    /// The store's line.
    pub line: &'a ViewLine,
    /// The told line that it continues, as an index.
    pub told: Option<usize>,
    /// Pieces, less those that refunds took back.
    pub quantity: Decimal,
    /// The store's amount before the header's discount, less refunds of this very line.
    pub list: Decimal,
    /// The amount with tax that it should stand at, in minor units.
    pub total: Decimal,
    /// The tax that it should stand at, in minor units, where the store states it.
    pub tax: Option<Decimal>,
    /// Pieces that refund rows name.
    pub came_back: Decimal,
    /// The stated tax of `list`.
    list_tax: Decimal,
}

/// Where an order should stand.
#[derive(Debug)]
pub(super) struct Targets<'a> {
    /// One for each line of the store.
    pub lines: Vec<Target<'a>>,
    /// Pieces that refund rows name of told lines that the store has no more, by their index.
    pub gone_came_back: Vec<(usize, Decimal)>,
}

/// The targets of a posted order that balances, given the told lines.
///
/// # Errors
/// [`Held`] where refunds exceed the order or an amount has no line to go to.
pub(super) fn targets<'a>(told: &[ToldLine], now: &'a OrderView, minor: Minor) -> Result<Targets<'a>, Held> {
    let matches = match_lines(told, &now.lines);
    let lines: Vec<Target<'a>> = now.lines.iter().zip(matches).map(|(line, told)| Target::of(line, told)).collect();
    let mut targets = Targets { lines, gone_came_back: Vec::new() };
    let refunded = targets.take_refunds(told, now, minor)?;
    let total = now.total - refunded;
    if minor.round(total) < Decimal::ZERO {
        return Err(Held::new(format!(
            "refunds of {} exceed the order's total of {}",
            minor.print(refunded),
            minor.print(now.total)
        )));
    }
    spread(&mut targets.lines, told, total, minor)?;
    targets.lines.iter_mut().for_each(|target| target.state_tax(minor));
    // Freight of nothing is no line of a document.
    targets.lines.retain(|t| t.told.is_some() || t.is_goods() || !t.total.is_zero());
    Ok(targets)
}

impl<'a> Target<'a> {
    fn of(line: &'a ViewLine, told: Option<usize>) -> Self {
        Target {
            line,
            told,
            quantity: line.quantity,
            list: line.amount,
            total: Decimal::ZERO,
            tax: None,
            came_back: Decimal::ZERO,
            list_tax: line.tax.stated(),
        }
    }

    fn is_goods(&self) -> bool {
        self.line.kind == LineKind::Goods
    }

    /// Takes pieces and an amount of this very line off it, with the tax that the refund states or else its share of the line's.
    fn take(&mut self, quantity: Decimal, amount: Decimal, tax: Option<Decimal>) {
        let share = || if self.list.is_zero() { Decimal::ZERO } else { self.list_tax * amount / self.list };
        self.list_tax = (self.list_tax - tax.unwrap_or_else(share)).max(Decimal::ZERO);
        self.quantity -= quantity;
        self.list = (self.list - amount).max(Decimal::ZERO);
        self.list_tax = self.list_tax.min(self.list);
    }

    /// True where nothing is left of it to tell.
    pub fn is_nothing(&self) -> bool {
        self.total.is_zero() && (self.quantity.is_zero() || !self.is_goods())
    }

    /// The whole units that discounts have taken off it.
    fn lacks(&self, minor: Minor) -> Decimal {
        minor.floor(self.list - self.total).max(Decimal::ZERO)
    }

    /// `list` without its tax.
    pub fn net_list(&self) -> Decimal {
        self.list - self.list_tax
    }

    /// Sets the tax where the store states it: of what discounts have left of the line, its share, rounded line by line as the
    /// shops' own totals are.
    fn state_tax(&mut self, minor: Minor) {
        let Tax::Stated { .. } = self.line.tax else { return };
        let whole = self.list.is_zero() || self.list == self.total;
        let tax = if whole { self.list_tax } else { self.list_tax * self.total / self.list };
        self.tax = Some(minor.round(tax).min(self.total));
    }

    /// What so many pieces are sold for.
    fn at_price(&self, quantity: Decimal, minor: Minor) -> Decimal {
        match self.quantity.is_zero() {
            true => Decimal::ZERO,
            false => minor.round(self.list * quantity / self.quantity),
        }
    }
}

/// For each line of the view the told line that it continues: by key, else by SKU and options in order; never across SKUs or
/// tax rates.
fn match_lines(told: &[ToldLine], now: &[ViewLine]) -> Vec<Option<usize>> {
    let mut matches = vec![None; now.len()];
    if told.is_empty() {
        return matches;
    }
    let same = |t: &ToldLine, n: &ViewLine| t.sku == n.sku && t.tax_rate == n.tax.rate() && t.kind == n.kind;
    // Another variant in the same row is another article; a mapping that says no variants says nothing of them.
    let fits = |t: &ToldLine, n: &ViewLine| t.options.is_none() || n.options.is_none() || t.options == n.options;
    let mut taken = vec![false; told.len()];
    let by_key = Keys::of(told.iter().map(|t| &*t.key));
    for (n, line) in now.iter().enumerate() {
        if let Some(i) = by_key.find(&line.key, |i| !taken[i] && same(&told[i], line) && fits(&told[i], line)) {
            taken[i] = true;
            matches[n] = Some(i);
        }
    }
    if matches.iter().all(Option::is_some) {
        return matches;
    }
    let mut by_item: HashMap<(&str, Option<&str>), Vec<usize>> = HashMap::new();
    for (i, line) in told.iter().enumerate().rev() {
        if !taken[i] && line.is_live() {
            by_item.entry((&*line.sku, line.options.as_deref())).or_default().push(i);
        }
    }
    for (n, line) in now.iter().enumerate().filter(|(_, l)| !l.sku.is_empty()) {
        if matches[n].is_some() {
            continue;
        }
        // A line that was told before variants were noted has none.
        let known = [line.options.as_deref(), None].map(|options| (&*line.sku, options));
        let Some(found) = known.iter().find(|item| by_item.get(*item).is_some_and(|all| !all.is_empty())) else {
            continue;
        };
        let Some(candidates) = by_item.get_mut(found) else { continue };
        if let Some(at) = candidates.iter().rposition(|&i| same(&told[i], line)) {
            matches[n] = Some(candidates.remove(at));
        }
    }
    matches
}

/// Lines by their keys: a few are looked through, many are looked up.
enum Keys<'k> {
    Few(Vec<&'k str>),
    Many(HashMap<&'k str, Vec<usize>>),
}

/// Up to so many keys are compared one by one.
const FEW: usize = 16;

impl<'k> Keys<'k> {
    fn of(keys: impl ExactSizeIterator<Item = &'k str>) -> Keys<'k> {
        if keys.len() <= FEW {
            return Keys::Few(keys.collect());
        }
        let mut many: HashMap<&str, Vec<usize>> = HashMap::with_capacity(keys.len());
        keys.enumerate().for_each(|(i, key)| many.entry(key).or_default().push(i));
        Keys::Many(many)
    }

    /// The first line with this key that will do.
    fn find(&self, key: &str, will_do: impl Fn(usize) -> bool) -> Option<usize> {
        match self {
            Keys::Few(keys) => (0..keys.len()).find(|&i| keys[i] == key && will_do(i)),
            Keys::Many(keys) => keys.get(key)?.iter().copied().find(|&i| will_do(i)),
        }
    }
}

impl Targets<'_> {
    /// Takes refunds that the order's own rows do not include off their lines; returns the sum of all such refunds.
    fn take_refunds(&mut self, told: &[ToldLine], now: &OrderView, minor: Minor) -> Result<Decimal, Held> {
        let mut refunded = Decimal::ZERO;
        if now.refunds.is_empty() {
            return Ok(refunded);
        }
        let by_key = Keys::of(self.lines.iter().map(|t| &*t.line.key));
        for refund in &now.refunds {
            check_refund(refund, minor)?;
            let stated: Decimal = refund.lines.iter().filter_map(|l| l.amount).sum();
            if !refund.included && refund.amount.is_zero() && stated > Decimal::ZERO {
                // Shops write a refund's lines first and its amount last.
                return Err(Held::new(format!(
                    "refund {} of {} has lines of {}",
                    refund.id,
                    minor.print(refund.amount),
                    minor.print(stated)
                )));
            }
            let mut left = (refund.amount - stated).max(Decimal::ZERO);
            for line in &refund.lines {
                let found: Vec<usize> = match &line.line {
                    Some(key) => by_key.find(key, |_| true).into_iter().collect(),
                    None => self.of_sku(refund, line),
                };
                match (found.is_empty(), refund.included) {
                    (true, true) => self.came_back_of_gone(told, line),
                    (true, false) => return Err(names_no_line(refund, line)),
                    (false, true) => self.lines[found[0]].came_back += line.quantity,
                    (false, false) => self.take_line(&found, refund, line, &mut left, minor)?,
                }
            }
            if !refund.included {
                refunded += refund.amount;
            }
        }
        Ok(refunded)
    }

    /// The lines that a refund's line without a key may be of: one that has all its pieces, else all of its SKU.
    fn of_sku(&self, refund: &RefundView, line: &RefundLineView) -> Vec<usize> {
        let of_sku = |t: &Target<'_>| t.is_goods() && *t.line.sku == *line.sku;
        let has_all = |t: &Target<'_>| of_sku(t) && (refund.included || t.quantity >= line.quantity);
        match self.lines.iter().position(has_all) {
            Some(one) => vec![one],
            None => (0..self.lines.len()).filter(|&i| of_sku(&self.lines[i])).collect(),
        }
    }

    /// Notes that pieces of a told line came back that the store has no more.
    fn came_back_of_gone(&mut self, told: &[ToldLine], refunded: &RefundLineView) {
        let is_his = |line: &ToldLine| match &refunded.line {
            Some(key) => *line.key == **key,
            None => *line.sku == *refunded.sku && line.kind == LineKind::Goods,
        };
        let continued = |i: usize| self.lines.iter().any(|t| t.told == Some(i));
        if let Some(i) = (0..told.len()).find(|&i| is_his(&told[i]) && !continued(i)) {
            self.gone_came_back.push((i, refunded.quantity));
        }
    }

    /// Takes one line of a refund off the lines that it may be of, in their order.
    fn take_line(
        &mut self,
        found: &[usize],
        refund: &RefundView,
        refunded: &RefundLineView,
        left: &mut Decimal,
        minor: Minor,
    ) -> Result<(), Held> {
        let (mut quantity, mut amount, mut tax) = (refunded.quantity, refunded.amount, refunded.tax);
        for (n, &i) in found.iter().enumerate() {
            let target = &mut self.lines[i];
            let last = n + 1 == found.len();
            let part = if last { quantity } else { quantity.min(target.quantity) };
            let share = |of: Option<Decimal>| match last || quantity.is_zero() {
                true => of,
                false => of.map(|of| minor.round(of * part / quantity)),
            };
            let (stated, taxed) = (share(amount), share(tax));
            // Pieces without an amount come back at what each is sold for, as far as the refund goes.
            let taken = stated.unwrap_or_else(|| target.at_price(part, minor).min(*left));
            if part > target.quantity {
                return Err(Held::new(format!(
                    "refund {} takes back {} of line {} ({}), which has {}",
                    refund.id,
                    part.normalize(),
                    target.line.key,
                    target.line.sku,
                    target.quantity.normalize()
                )));
            }
            // A shop that sells with more digits than it refunds may refund half a unit too much.
            if taken - target.list > minor.half() {
                return Err(Held::new(format!(
                    "refund {} takes {} off line {} ({}), which is worth {}",
                    refund.id,
                    minor.print(taken),
                    target.line.key,
                    target.line.sku,
                    minor.print(target.list)
                )));
            }
            if stated.is_none() {
                *left -= taken;
            }
            target.came_back += part;
            target.take(part, taken, taxed);
            quantity -= part;
            amount = amount.map(|a| a - taken);
            tax = tax.zip(taxed).map(|(all, taken)| all - taken);
            if quantity.is_zero() {
                break;
            }
        }
        Ok(())
    }
}

/// A refund is what went back: nothing of it is negative.
fn check_refund(refund: &RefundView, minor: Minor) -> Result<(), Held> {
    let negative = |what: &str, amount: Decimal| {
        let printed = if what == "pieces" { amount.normalize() } else { minor.print(amount) };
        Held::new(format!("refund {} has negative {what}, {printed}: its mapping must turn the sign", refund.id))
    };
    if refund.amount < Decimal::ZERO {
        return Err(negative("amounts", refund.amount));
    }
    for line in &refund.lines {
        if let Some(amount) = [line.amount, line.tax].into_iter().flatten().find(|amount| *amount < Decimal::ZERO) {
            return Err(negative("amounts", amount));
        }
        if line.quantity < Decimal::ZERO {
            return Err(negative("pieces", line.quantity));
        }
        if !pieces_fit(line.quantity) {
            return Err(Held::new(format!("refund {} has {} pieces: {PIECES_LIMIT}", refund.id, line.quantity)));
        }
    }
    Ok(())
}

fn names_no_line(refund: &RefundView, line: &RefundLineView) -> Held {
    let named = match &line.line {
        Some(key) => format!("line {key}"),
        None => line.sku.clone(),
    };
    Held::new(format!("refund {} takes back {named}, which the order does not have", refund.id))
}

/// Lets lines follow their own list amounts, then spreads what is missing to the order's total: over the goods, and what is
/// more than they are worth over the charges.
fn spread(targets: &mut [Target<'_>], told: &[ToldLine], exact_total: Decimal, minor: Minor) -> Result<(), Held> {
    let total = minor.round(exact_total);
    let (mut sum, mut exact_sum) = (Decimal::ZERO, Decimal::ZERO);
    // Lines that changed, with what their own rounding takes off them.
    let mut changed: Vec<(Decimal, usize)> = Vec::new();
    for (i, target) in targets.iter_mut().enumerate() {
        // What a discount has taken whole is told all the same.
        let before = target.told.map(|i| &told[i]);
        let own = match before {
            Some(told) => told.amounts.total + target.list - told.list,
            None => target.list,
        };
        let own = own.max(Decimal::ZERO);
        target.total = minor.round(own);
        sum += target.total;
        exact_sum += own;
        if before.is_none_or(|told| told.list != target.list) {
            changed.push((own - target.total, i));
        }
    }
    let mut excess = minor.round(exact_sum) - total;
    excess -= settle_remainders(targets, &mut changed, minor.round(exact_sum) - sum, minor);
    if (exact_sum - exact_total).abs() < minor.unit() {
        // No discount has changed: this is rounding, too.
        excess = -settle_remainders(targets, &mut changed, -excess, minor);
    }
    if excess < Decimal::ZERO {
        return add(targets, -excess, minor);
    }
    let goods: Decimal = targets.iter().filter(|t| t.is_goods()).map(|t| t.total).sum();
    let of_goods = excess.min(goods);
    take_off(targets, of_goods, minor, |t| t.is_goods())?;
    take_off(targets, excess - of_goods, minor, |t| !t.is_goods())
}

/// Spreads what roundings have left over on the lines that changed, a unit each, by largest remainder. Answers what found no place.
fn settle_remainders(
    targets: &mut [Target<'_>],
    changed: &mut [(Decimal, usize)],
    mut missing: Decimal,
    minor: Minor,
) -> Decimal {
    if missing.is_zero() {
        return missing;
    }
    let up = missing > Decimal::ZERO;
    changed.sort_by(|a, b| if up { b.0.cmp(&a.0) } else { a.0.cmp(&b.0) }.then(a.1.cmp(&b.1)));
    let step = if up { minor.unit() } else { -minor.unit() };
    for (_, i) in changed {
        let target = &mut targets[*i];
        if missing.is_zero() {
            break;
        }
        if target.total + step >= Decimal::ZERO {
            target.total += step;
            missing -= step;
        }
    }
    missing
}

/// Takes `amount` off lines by what they are worth.
fn take_off(
    targets: &mut [Target<'_>],
    amount: Decimal,
    minor: Minor,
    of: impl Fn(&Target<'_>) -> bool,
) -> Result<(), Held> {
    if amount.is_zero() {
        return Ok(());
    }
    let weights: Vec<Decimal> = targets.iter().map(|t| if of(t) { t.total } else { Decimal::ZERO }).collect();
    let shares = minor
        .allocate(amount, &weights)
        .ok_or_else(|| Held::new(format!("{} has no line to come off", minor.print(amount))))?;
    targets.iter_mut().zip(shares).for_each(|(target, share)| target.total -= share);
    Ok(())
}

/// Adds `amount` to lines: gives back first what was taken off them, to charges and then to goods by what each lacks; what is
/// more goes to goods that are left by what they are worth, or where none is, by what they were sold for.
fn add(targets: &mut [Target<'_>], mut amount: Decimal, minor: Minor) -> Result<(), Held> {
    for target in targets.iter_mut().filter(|t| !t.is_goods()) {
        let back = target.lacks(minor).min(amount);
        target.total += back;
        amount -= back;
    }
    let lacking: Vec<Decimal> = targets.iter().map(|t| t.lacks(minor)).collect();
    let back = lacking.iter().sum::<Decimal>().min(amount);
    give(targets, back, &lacking, minor)?;
    amount -= back;
    let by = |of: &dyn Fn(&Target<'_>) -> Option<Decimal>| -> Vec<Decimal> {
        targets.iter().map(|t| of(t).unwrap_or_default().max(Decimal::ZERO)).collect()
    };
    let some = |weights: &Vec<Decimal>| weights.iter().any(|w| !w.is_zero());
    let ladder = [
        by(&|t| (t.is_goods() && !t.quantity.is_zero()).then_some(t.total)),
        by(&|t| t.is_goods().then_some(t.line.amount)),
        by(&|t| (!t.is_goods()).then_some(t.line.amount)),
    ];
    let weights = ladder.into_iter().find(some).unwrap_or_default();
    give(targets, amount, &weights, minor)
}

fn give(targets: &mut [Target<'_>], amount: Decimal, weights: &[Decimal], minor: Minor) -> Result<(), Held> {
    if amount.is_zero() {
        return Ok(());
    }
    let shares = minor
        .allocate(amount, weights)
        .ok_or_else(|| Held::new(format!("{} has no line to go to", minor.print(amount))))?;
    targets.iter_mut().zip(shares).for_each(|(target, share)| target.total += share);
    Ok(())
}
