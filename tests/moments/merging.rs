//! What the model makes of a merge, by the rules of docs/branches.md.

use std::collections::{BTreeMap, BTreeSet};

use helios_sql::session::OnConflict;

use crate::ancestry::Plan;
use crate::model::{Column, Commit, Definition, Model, Row, State, Table, missing};

/// What becomes of a merge.
pub(crate) enum Outcome {
    Nothing,
    /// It is refused: with these rows in conflict, or with objects of the schema.
    Refused(BTreeSet<(&'static str, i64)>),
    /// The commit, without its moment.
    Merged(Commit),
}

/// A table or an index: the name of the table, whether it is an index, and its number.
type Object = (&'static str, bool, u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pick {
    Ours,
    Theirs,
}

/// Conflicts about definitions.
#[derive(Default)]
struct Found {
    /// How many are not decided.
    conflicts: usize,
    /// Objects that the target keeps by decision.
    kept: BTreeSet<u32>,
}

/// The three states.
struct Three<'m> {
    base: &'m State,
    ours: &'m State,
    theirs: &'m State,
    plan: &'m Plan,
    /// What the target wrote that the source does not contain.
    ours_written: BTreeSet<u32>,
    ours_ever: BTreeSet<u32>,
    /// For numbers of the target, the source's number of the same object.
    twins: BTreeMap<u32, u32>,
    on_conflict: OnConflict,
}

impl Model {
    pub(crate) fn merge(&mut self, target: usize, source: usize, on_conflict: OnConflict) -> Outcome {
        let Some(plan) = self.plan(target, source) else { return Outcome::Nothing };
        let (base, ours, theirs) = (self.at(plan.base.0, plan.base.1), self.now(target), self.now(source));
        let ever = self.ever(target);
        let back = self.plan(source, target).map(|plan| plan.written).unwrap_or_default();
        let mut three = Three {
            base: &base,
            ours: &ours,
            theirs: &theirs,
            plan: &plan,
            ours_written: back.into_iter().map(|(table, _)| table).collect(),
            ours_ever: ever,
            twins: BTreeMap::new(),
            on_conflict,
        };
        three.find_twins();
        let mut found = Found::default();
        let chosen = three.choose(&mut found);
        if found.conflicts > 0 {
            return Outcome::Refused(BTreeSet::new());
        }
        let mut commit = Commit {
            moment: 0,
            state: State::new(),
            written: plan.written.clone(),
            defined: BTreeSet::new(),
            merged: Some(plan.source),
        };
        commit.written.clear();
        let mut refused = BTreeSet::new();
        for (id, pick) in chosen.iter().filter(|(object, _)| !object.1).map(|(object, pick)| (*object, *pick))
        {
            three.merge_table(id, pick, self, &mut commit, &mut refused);
        }
        for (name, is_index, id) in chosen.keys() {
            if *is_index && let Some(table) = commit.state.get_mut(name) {
                let own = three.ours.get(name).and_then(|table| table.index);
                let own = own.filter(|own| three.one(*own) == *id);
                let is_restored = own.is_none() && three.was_dropped(*id);
                table.index = Some(own.unwrap_or(if is_restored { self.number() } else { *id }));
            }
        }
        if !refused.is_empty() {
            return Outcome::Refused(refused);
        }
        if plan.is_fast_forward {
            assert_eq!(shown(&commit.state), shown(&theirs), "a fast-forward takes over all");
        }
        commit.defined = differing(&ours, &commit.state);
        commit.defined.extend(found.kept);
        Outcome::Merged(commit)
    }
}

/// What is seen of a state: all but the numbers of things.
fn shown(state: &State) -> Vec<String> {
    let row = |(key, row): (&i64, &Row)| format!("{key} {:?}", row.values().collect::<Vec<_>>());
    let table = |(name, table): (&&str, &Table)| {
        let rows: Vec<String> = table.rows.iter().map(row).collect();
        format!("{name} {:?} {} {rows:?}", table.says(), table.index.is_some())
    };
    state.iter().map(table).collect()
}

/// The objects whose definition differs.
fn differing(one: &State, other: &State) -> BTreeSet<u32> {
    let objects = |state: &State| -> BTreeSet<(u32, Vec<Vec<Column>>)> {
        let tables = state.values().map(|table| (table.id, table.layouts.clone()));
        tables.chain(state.values().filter_map(|table| Some((table.index?, Vec::new())))).collect()
    };
    objects(one).symmetric_difference(&objects(other)).map(|(id, _)| *id).collect()
}

impl Three<'_> {
    fn one(&self, id: u32) -> u32 {
        self.twins.get(&id).copied().unwrap_or(id)
    }

    /// Objects of one name that only one side has each: they are one if they are defined alike, tables also if one of
    /// them was there at the merge base, indexes only if their tables are one.
    fn find_twins(&mut self) {
        let numbers = |state: &State| -> BTreeSet<u32> {
            state.values().flat_map(|table| [Some(table.id), table.index]).flatten().collect()
        };
        let [base, ours, theirs] = [self.base, self.ours, self.theirs].map(numbers);
        for (name, own) in self.ours {
            let Some(other) = self.theirs.get(name) else { continue };
            let alone = |own: u32, other: u32| !theirs.contains(&own) && !ours.contains(&other);
            let was_there = base.contains(&own.id) || base.contains(&other.id);
            if alone(own.id, other.id) && (was_there || own.says() == other.says()) {
                self.twins.insert(own.id, other.id);
            }
            let has_one_table = self.one(own.id) == other.id;
            if let (Some(own), Some(other)) = (own.index, other.index)
                && has_one_table
                && alone(own, other)
            {
                self.twins.insert(own, other);
            }
        }
    }

    /// Every object that is to be, and from which side.
    fn choose(&self, found: &mut Found) -> BTreeMap<Object, Pick> {
        let mut all: BTreeSet<Object> = BTreeSet::new();
        for state in [self.base, self.ours, self.theirs] {
            for (name, table) in state {
                all.insert((*name, false, self.one(table.id)));
                all.extend(table.index.map(|index| (*name, true, self.one(index))));
            }
        }
        let mut followed: BTreeMap<&'static str, Pick> = BTreeMap::new();
        let mut chosen: BTreeMap<Object, Pick> = BTreeMap::new();
        let mut tables_first: Vec<Object> = all.into_iter().collect();
        tables_first.sort_by_key(|object| object.1);
        for object in tables_first {
            let pick = match followed.get(object.0).filter(|_| object.1) {
                Some(pick) => {
                    self.keep_with_table(object, found);
                    *pick
                }
                None => self.pick(object, &chosen, &mut followed, found),
            };
            let side = if pick == Pick::Ours { self.ours } else { self.theirs };
            if self.definition(side, object).is_some() {
                chosen.insert(object, pick);
            }
        }
        self.settle_names(&mut chosen, found);
        let tables: BTreeSet<&str> =
            chosen.keys().filter(|object| !object.1).map(|object| object.0).collect();
        let before = chosen.len();
        chosen.retain(|object, _| tables.contains(object.0));
        if self.on_conflict == OnConflict::Abort {
            found.conflicts += before - chosen.len();
        }
        chosen
    }

    /// Two tables of one name: one goes, with its index. Two indexes of one name: one goes.
    fn settle_names(&self, chosen: &mut BTreeMap<Object, Pick>, found: &mut Found) {
        for is_index in [false, true] {
            self.settle_names_of(is_index, chosen, found);
        }
    }

    fn settle_names_of(&self, is_index: bool, chosen: &mut BTreeMap<Object, Pick>, found: &mut Found) {
        let of_kind: Vec<Object> = chosen.keys().filter(|object| object.1 == is_index).copied().collect();
        for pair in of_kind.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            let keeps_ours = self.on_conflict != OnConflict::Theirs;
            self.decide(pair[0].0, is_index, found);
            let loses = |object: &Object| {
                let side = if keeps_ours { self.ours } else { self.theirs };
                let is_asked = object.1 >= is_index && object.0 == pair[0].0;
                is_asked && self.definition(side, *object).is_none()
            };
            chosen.retain(|object, _| !loses(object));
        }
    }

    /// How a side defines an object.
    fn definition(&self, side: &State, (name, is_index, id): Object) -> Option<Definition> {
        let table = side.get(name)?;
        if is_index {
            return table.index.filter(|index| self.one(*index) == id).map(|_| Default::default());
        }
        (self.one(table.id) == id).then(|| table.definition())
    }

    /// An index that only the target has is kept with its table, if that is kept by decision.
    fn keep_with_table(&self, object: Object, found: &mut Found) {
        let is_alone = self.definition(self.theirs, object).is_none();
        let own =
            self.ours.get(object.0).filter(|_| is_alone && self.definition(self.ours, object).is_some());
        let own = own.filter(|table| found.kept.contains(&table.id));
        found.kept.extend(own.and_then(|table| table.index));
    }

    /// Whether the table of an index of the source comes to a target that has none which is one with it.
    fn comes_with_table(&self, (name, is_index, _): Object, chosen: &BTreeMap<Object, Pick>) -> bool {
        let Some(table) = self.theirs.get(name).filter(|_| is_index) else { return false };
        let object = (name, false, self.one(table.id));
        chosen.get(&object) == Some(&Pick::Theirs) && self.definition(self.ours, object).is_none()
    }

    fn pick(
        &self,
        object: Object,
        chosen: &BTreeMap<Object, Pick>,
        followed: &mut BTreeMap<&'static str, Pick>,
        found: &mut Found,
    ) -> Pick {
        let [base, ours, theirs] =
            [self.base, self.ours, self.theirs].map(|side| self.definition(side, object));
        let (name, is_index, id) = object;
        if self.plan.is_fast_forward {
            return Pick::Theirs;
        }
        let wrote = |tables: &BTreeSet<u32>| tables.iter().any(|table| self.one(*table) == id);
        let their_tables = self.plan.written.iter().map(|(table, _)| *table).collect();
        let agrees = if self.says_same(object, self.ours, self.theirs) {
            Some(Pick::Ours)
        } else if self.says_same(object, self.base, self.ours) {
            let is_changed = wrote(&their_tables)
                || self.plan.defined.contains(&id)
                || self.comes_with_table(object, chosen);
            let lost = !is_index && theirs.is_none() && wrote(&self.ours_written);
            (!lost).then_some(if ours.is_none() && !is_changed { Pick::Ours } else { Pick::Theirs })
        } else if self.says_same(object, self.base, self.theirs) {
            let lost = !is_index && ours.is_none() && wrote(&their_tables);
            (!lost).then_some(Pick::Ours)
        } else {
            // Both were altered, perhaps in the same way.
            let says = |side: &Option<Definition>| side.as_ref().map(|(says, _)| says.clone());
            (says(&ours) == says(&theirs)).then_some(Pick::Ours)
        };
        let pick = agrees.unwrap_or_else(|| {
            let is_there = ours.is_some();
            self.decide(if is_there { name } else { "" }, is_index, found)
        });
        let is_drop = ours.is_none() || theirs.is_none();
        if !is_index && base.is_some() && (agrees.is_none() || is_drop) {
            followed.insert(name, pick);
        }
        pick
    }

    /// Decides a conflict about an object, which is noted if it stays the target's.
    fn decide(&self, name: &str, is_index: bool, found: &mut Found) -> Pick {
        match self.on_conflict {
            OnConflict::Abort => found.conflicts += 1,
            OnConflict::Theirs => return Pick::Theirs,
            OnConflict::Ours => {
                let own = self.ours.get(name);
                found.kept.extend(own.and_then(|own| if is_index { own.index } else { Some(own.id) }));
            }
        }
        Pick::Ours
    }

    /// Whether two states define an object alike. Of a table that was made again only the text counts, not what it had
    /// before.
    fn says_same(&self, object: Object, one: &State, other: &State) -> bool {
        let (a, b) = (self.definition(one, object), self.definition(other, object));
        let number = |state: &State| state.get(object.0).map(|table| table.id);
        let says = |state: &State| state.get(object.0).map(Table::says);
        match (&a, &b) {
            (Some(_), Some(_)) if !object.1 && number(one) != number(other) => says(one) == says(other),
            _ => a == b,
        }
    }

    /// Whether an object that the target does not have comes back.
    fn was_dropped(&self, id: u32) -> bool {
        let at_base = self.base.values().flat_map(|table| [Some(table.id), table.index]).flatten();
        self.ours_ever.contains(&id) || at_base.map(|known| self.one(known)).any(|known| known == id)
    }

    fn merge_table(
        &self,
        object: Object,
        pick: Pick,
        model: &mut Model,
        commit: &mut Commit,
        refused: &mut BTreeSet<(&'static str, i64)>,
    ) {
        let name = object.0;
        let of = |side: &'_ State| side.get(name).filter(|table| self.one(table.id) == object.2).cloned();
        let (base, ours, theirs) = (of(self.base), of(self.ours), of(self.theirs));
        let Some(theirs) = theirs else {
            let kept = ours.iter().map(|ours| ours.id).collect::<BTreeSet<u32>>();
            commit.written.extend(self.plan.written.iter().filter(|(id, _)| kept.contains(id)));
            commit.state.extend(ours.map(|ours| (name, ours)));
            return;
        };
        let Some(ours) = ours else {
            let id = if self.was_dropped(object.2) { model.number() } else { theirs.id };
            commit.written.extend(theirs.rows.keys().map(|key| (id, *key)));
            commit.written.extend(self.plan.written.iter().filter(|(written, _)| *written == id));
            commit.state.insert(name, Table { id, index: None, ..theirs });
            return;
        };
        // Of tables that were made by themselves only the texts can be compared.
        let is_same = theirs.id != ours.id && theirs.says() == ours.says();
        let picked = if pick == Pick::Ours || is_same { &ours } else { &theirs };
        let mut result = Table { id: ours.id, index: None, rows: BTreeMap::new(), ..picked.clone() };
        if picked.id != ours.id {
            let number = model.number();
            result.columns.iter_mut().for_each(|column| column.1 = number);
            result.layouts = vec![result.columns.clone()];
        }
        let columns = result.columns.clone();
        let place = |table: &Table, column: Column| {
            let same = table.columns.contains(&column).then_some(column);
            let is_known = |named: &Column| result.layouts.iter().flatten().any(|known| known == named);
            same.or_else(|| table.column(column.0).filter(|named| !is_known(named)))
        };
        let mut keys: BTreeSet<i64> = self
            .plan
            .written
            .iter()
            .filter(|(id, _)| [theirs.id, ours.id].contains(id))
            .map(|(_, key)| *key)
            .collect();
        if theirs.id != ours.id
            && let Some(base) = base.as_ref().filter(|base| base.id == ours.id)
        {
            keys.extend(base.rows.keys());
        }
        // Rows that the new definition cannot read are all written anew, each as merged.
        if !result.can_read(&ours) {
            keys.extend(ours.rows.keys());
        }
        let read = |table: Option<&Table>, key: i64| {
            let table = table?;
            let row = table.rows.get(&key)?;
            let value =
                |column: Column| place(table, column).map_or(missing(column), |place| row[&place].clone());
            Some(columns.iter().map(|column| (*column, value(*column))).collect::<Row>())
        };
        for key in ours.rows.keys().chain(&keys).copied().collect::<BTreeSet<_>>() {
            let (own, other) = (read(Some(&ours), key), read(Some(&theirs), key));
            let before = read(base.as_ref(), key);
            // A side that does not know a column has not changed it.
            let complete = |table: &Table, row: &Option<Row>, another: &Option<Row>| {
                let another = another.as_ref().or(before.as_ref());
                let mut row = row.clone()?;
                for (column, value) in
                    another.into_iter().flatten().filter(|(column, _)| place(table, **column).is_none())
                {
                    row.insert(*column, value.clone());
                }
                Some(row)
            };
            let merged = match keys.contains(&key) {
                false => own.clone(),
                true => self
                    .merge_row(
                        before.as_ref(),
                        complete(&ours, &own, &other),
                        complete(&theirs, &other, &own),
                    )
                    .unwrap_or_else(|kept| {
                        refused.insert((name, key));
                        kept
                    }),
            };
            if keys.contains(&key) && (merged != own || own != other || own.is_none()) {
                commit.written.insert((result.id, key));
            }
            result.rows.extend(merged.map(|row| (key, row)));
        }
        if !result.can_read(&ours) {
            commit.written.extend(keys.iter().map(|key| (result.id, *key)));
        }
        commit.state.insert(name, result);
    }

    /// One row; what stays of the target's, if the merge is refused for it.
    fn merge_row(
        &self,
        base: Option<&Row>,
        ours: Option<Row>,
        theirs: Option<Row>,
    ) -> Result<Option<Row>, Option<Row>> {
        if ours == theirs || base == theirs.as_ref() {
            return Ok(ours);
        }
        if base == ours.as_ref() {
            return Ok(theirs);
        }
        let is_theirs = self.on_conflict == OnConflict::Theirs;
        let may_decide = self.on_conflict != OnConflict::Abort;
        let (Some(own), Some(other)) = (&ours, &theirs) else {
            return if !may_decide { Err(ours) } else { Ok(if is_theirs { theirs } else { ours }) };
        };
        let mut merged = own.clone();
        for (column, value) in other.iter().filter(|(column, value)| own[*column] != **value) {
            let before = base.map(|row| &row[column]);
            if before == Some(value) {
                continue;
            }
            if before != Some(&own[column]) && !may_decide {
                return Err(ours);
            }
            if before == Some(&own[column]) || is_theirs {
                merged.insert(*column, value.clone());
            }
        }
        Ok(Some(merged))
    }
}
