//! Every relation of an app, and the actions that are reflected from them.

use std::any::TypeId;
use std::collections::HashMap;

use super::{OnDestroy, Parent, names};
use crate::action::{BUILTIN, Builtin};
use crate::resource::ErasedResource;
use crate::schema::Problem;

/// The relations of an app. Resources are named by their places.
#[derive(Debug, Default)]
pub(crate) struct Related {
    all: Vec<Relation>,
    /// What is reflected on each resource, by its name on the wire.
    reflected: Vec<Vec<(String, Reflected)>>,
}

/// That records of one resource are children of those of another.
#[derive(Clone, Debug)]
pub(crate) struct Relation {
    pub(crate) child: usize,
    /// The place of the field that holds the id of the parent.
    pub(crate) field: usize,
    pub(crate) parent: usize,
    /// What a child calls its parent.
    pub(crate) name: &'static str,
    /// What a parent calls its children.
    pub(crate) children: &'static str,
    pub(crate) on_destroy: OnDestroy,
}

/// The relatives of a record, by the name it has for them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Relative {
    pub(crate) name: &'static str,
    pub(crate) relation: usize,
    pub(crate) resource: usize,
    /// Whether they are its children, and not its parent.
    pub(crate) children: bool,
}

/// An action that a relation adds to a resource: one of the child's own, within one parent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reflected {
    /// Which relation.
    pub(crate) relation: usize,
    /// What is done, on the child.
    pub(crate) action: Builtin,
}

impl Related {
    /// Works out the relations of these resources.
    ///
    /// # Errors
    /// Everything that keeps records from having these parents, or that has the name of something else.
    pub(crate) fn of(
        resources: &[Box<dyn ErasedResource>],
        by_type: &HashMap<TypeId, usize, foldhash::quality::RandomState>,
    ) -> Result<Self, Vec<Problem>> {
        let mut related = Self {
            all: Vec::new(),
            reflected: resources.iter().map(|_| Vec::new()).collect(),
        };
        let mut problems = Vec::new();
        for (child, resource) in resources.iter().enumerate() {
            let schema = resource.schema();
            for (field, column) in schema.fields.iter().enumerate() {
                let Some(parent) = &column.parent else {
                    continue;
                };
                let place = by_type.get(&parent.rust_type).copied();
                let fits = place
                    .ok_or_else(|| {
                        format!(
                            "its parent `{}` is no resource of the app: add it with `.resource()`",
                            parent.resource
                        )
                    })
                    .and_then(|place| fits(resources, child, place, field).map(|()| place));
                match fits {
                    Ok(place) => related.add(child, field, place, parent),
                    Err(message) => problems.push(Problem {
                        resource: schema.name,
                        field: Some(column.name.to_owned()),
                        message,
                    }),
                }
            }
        }
        problems.extend(related.clashes(resources));
        if problems.is_empty() {
            Ok(related)
        } else {
            Err(problems)
        }
    }

    fn add(&mut self, child: usize, field: usize, parent: usize, names: &Parent) {
        let relation = self.all.len();
        self.all.push(Relation {
            child,
            field,
            parent,
            name: names.name,
            children: names.children,
            on_destroy: names.on_destroy,
        });
        let of_parent = [
            (Builtin::Create, names::both_cases("create", names.child)),
            (Builtin::Get, names::both_cases("get", names.child)),
            (
                Builtin::All,
                [names.children.to_owned(), names::camel_case(names.children)],
            ),
        ];
        let mut reflect = |on: usize, action, [snake, camel]: [String; 2]| {
            let reflected = Reflected { relation, action };
            let twice = snake == camel;
            self.reflected[on].push((snake, reflected));
            if !twice {
                self.reflected[on].push((camel, reflected));
            }
        };
        for (action, names) in of_parent {
            reflect(parent, action, names);
        }
        reflect(child, Builtin::All, names::both_cases("by", names.name));
    }

    /// The relation at this place.
    pub(crate) fn at(&self, place: usize) -> &Relation {
        &self.all[place]
    }

    /// The action of this name that relations add to a resource.
    pub(crate) fn reflected(&self, resource: usize, name: &str) -> Option<Reflected> {
        let mut reflected = self.reflected.get(resource)?.iter();
        reflected
            .find(|(it, _)| it == name)
            .map(|(_, reflected)| *reflected)
    }

    /// The relations in which records of this resource are children.
    pub(crate) fn parents(&self, child: usize) -> impl Iterator<Item = &Relation> {
        self.all
            .iter()
            .filter(move |relation| relation.child == child)
    }

    /// The relations in which records of this resource are parents.
    pub(crate) fn children(&self, parent: usize) -> impl Iterator<Item = &Relation> {
        self.all
            .iter()
            .filter(move |relation| relation.parent == parent)
    }

    /// What records of this resource call their relatives.
    pub(crate) fn relatives(&self, resource: usize) -> impl Iterator<Item = Relative> {
        let relations = self.all.iter().enumerate();
        relations.flat_map(move |(place, relation)| {
            let parent = (relation.child == resource).then_some(Relative {
                name: relation.name,
                relation: place,
                resource: relation.parent,
                children: false,
            });
            let children = (relation.parent == resource).then_some(Relative {
                name: relation.children,
                relation: place,
                resource: relation.child,
                children: true,
            });
            parent.into_iter().chain(children)
        })
    }

    /// Names that mean two things, each with both.
    fn clashes(&self, resources: &[Box<dyn ErasedResource>]) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (place, resource) in resources.iter().enumerate() {
            let schema = resource.schema();
            let mut known: HashMap<&str, String> = HashMap::new();
            for (name, _) in BUILTIN {
                known.insert(
                    name,
                    format!("the action `{name}`, which every resource has"),
                );
            }
            for method in &schema.actions {
                known.insert(method.name, format!("its remote method `{}`", method.name));
            }
            let mut refuse = |name: &str, what: &str, other: &str| {
                let message = format!("`{name}`, {what}, is also {other}; rename one");
                problems.push(Problem::of(schema.name, message));
            };
            for (name, reflected) in &self.reflected[place] {
                let what = self.origin(resources, reflected.relation);
                if let Some(other) = known.get(name.as_str()) {
                    refuse(name, &what, other);
                } else {
                    known.insert(name, what);
                }
            }
            // What a query may include stands where fields stand.
            let mut fields: HashMap<&str, String> = HashMap::new();
            for field in &schema.fields {
                fields.insert(field.name, format!("its field `{}`", field.name));
            }
            let relations = self.all.iter().enumerate();
            for (index, relation) in relations {
                let names = [
                    (relation.child == place).then_some(relation.name),
                    (relation.parent == place).then_some(relation.children),
                ];
                for name in names.into_iter().flatten() {
                    let what = self.origin(resources, index);
                    if let Some(other) = fields.insert(name, what.clone()) {
                        refuse(name, &what, &other);
                    }
                }
            }
        }
        problems
    }

    /// Where a name comes from that a relation has made.
    fn origin(&self, resources: &[Box<dyn ErasedResource>], relation: usize) -> String {
        let Relation { child, field, .. } = self.all[relation];
        let schema = resources[child].schema();
        format!(
            "reflected from the parent field `{}.{}`",
            schema.name, schema.fields[field].name
        )
    }
}

/// Makes sure that the field of a child can hold ids of the parent.
///
/// # Errors
/// Why it cannot.
fn fits(
    resources: &[Box<dyn ErasedResource>],
    child: usize,
    parent: usize,
    field: usize,
) -> Result<(), String> {
    let column = &resources[child].schema().fields[field];
    let id = resources[parent].schema().id_field();
    if column.kind != id.kind || column.words.bigint != id.words.bigint {
        let name = resources[parent].schema().name;
        return Err(format!(
            "is kept in another form than the id of `{name}`: give both the same words, such as `bigint`"
        ));
    }
    if child == parent && !column.nullable {
        return Err("the first record of all has no parent: make it an `Option`".to_owned());
    }
    Ok(())
}
