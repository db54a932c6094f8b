//! The hooks of the whole app, by resource, action or `*`.

use std::fmt;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::HookedCall;
use crate::action::BUILTIN;
use crate::cx::Cx;
use crate::error::Result;
use crate::resource::Registry;
use crate::schema::Problem;

type Run = dyn Fn(Cx, HookedCall) -> BoxFuture<'static, Result<()>> + Send + Sync;

/// The hooks of an app, in the order they were added.
#[derive(Default)]
pub(crate) struct Chain {
    before: Vec<Link>,
    after: Vec<Link>,
}

/// A hook and what it is for.
pub(crate) struct Link {
    pattern: Pattern,
    run: Box<Run>,
}

/// `card.create`, `card.*`, `*.create`, `*`
struct Pattern {
    written: String,
    resource: Option<String>,
    action: Option<String>,
}

impl Chain {
    pub(crate) fn add_before<F, Fut>(&mut self, pattern: &str, hook: F)
    where
        F: Fn(Cx, HookedCall) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        self.before.push(Link::new(pattern, hook));
    }

    pub(crate) fn add_after<F, Fut>(&mut self, pattern: &str, hook: F)
    where
        F: Fn(Cx, HookedCall) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        self.after.push(Link::new(pattern, hook));
    }

    /// Whether any hook comes before this action.
    pub(crate) fn precedes(&self, resource: &str, action: &str) -> bool {
        self.before
            .iter()
            .any(|link| link.pattern.matches(resource, action))
    }

    /// Whether any hook comes after this action.
    pub(crate) fn follows(&self, resource: &str, action: &str) -> bool {
        self.after
            .iter()
            .any(|link| link.pattern.matches(resource, action))
    }

    /// Runs the hooks before a call, one after the other, until one refuses or `stop` says so.
    pub(crate) async fn before(
        &self,
        cx: &Cx,
        call: &HookedCall,
        stop: impl Fn() -> bool + Send,
    ) -> Result<()> {
        for link in links(&self.before, call) {
            link.run(cx, call).await?;
            if stop() {
                break;
            }
        }
        Ok(())
    }

    /// The hooks after a call.
    pub(crate) fn after<'a>(
        &'a self,
        call: &HookedCall,
    ) -> impl Iterator<Item = &'a Link> + use<'a> {
        links(&self.after, call)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }

    /// Patterns that no call of this app matches.
    pub(crate) fn problems(&self, registry: &Registry) -> Vec<Problem> {
        let patterns = self
            .before
            .iter()
            .chain(&self.after)
            .map(|link| &link.pattern);
        patterns
            .filter_map(|pattern| pattern.problem(registry))
            .collect()
    }
}

fn links<'a>(links: &'a [Link], call: &HookedCall) -> impl Iterator<Item = &'a Link> + use<'a> {
    let (resource, action) = (call.resource, call.action);
    links
        .iter()
        .filter(move |link| link.pattern.matches(resource, action))
}

impl Link {
    fn new<F, Fut>(pattern: &str, hook: F) -> Self
    where
        F: Fn(Cx, HookedCall) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        Self {
            pattern: Pattern::new(pattern),
            run: Box::new(move |cx, call| hook(cx, call).boxed()),
        }
    }

    pub(crate) fn run(&self, cx: &Cx, call: &HookedCall) -> BoxFuture<'static, Result<()>> {
        (self.run)(cx.clone(), call.clone())
    }
}

impl Pattern {
    fn new(written: &str) -> Self {
        let (resource, action) = written.split_once('.').unwrap_or((written, "*"));
        let name = |part: &str| (part != "*").then(|| part.to_owned());
        Self {
            written: written.to_owned(),
            resource: name(resource),
            action: name(action),
        }
    }

    fn matches(&self, resource: &str, action: &str) -> bool {
        let fits = |part: &Option<String>, name| part.as_ref().is_none_or(|part| part == name);
        fits(&self.resource, resource) && fits(&self.action, action)
    }

    /// Why it matches nothing.
    fn problem(&self, registry: &Registry) -> Option<Problem> {
        let resources = registry.schemas();
        let fits = |name: &str| self.resource.as_deref().is_none_or(|it| it == name);
        let named: Vec<_> = resources.iter().filter(|it| fits(it.name)).collect();
        let has_action = |action: &str| {
            let mut methods = named.iter().flat_map(|schema| &schema.actions);
            BUILTIN.iter().any(|(name, _)| *name == action) || methods.any(|it| it.name == action)
        };
        let message = match (&self.resource, &self.action) {
            (Some(name), _) if named.is_empty() => {
                format!("names the resource `{name}`, which the app does not have")
            }
            (_, Some(action)) if !has_action(action) => {
                format!("names the action `{action}`, which there is not")
            }
            _ => return None,
        };
        Some(Problem::of(
            "hooks",
            format!("the pattern `{}` {message}", self.written),
        ))
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = |links: &[Link]| -> Vec<String> {
            links
                .iter()
                .map(|link| link.pattern.written.clone())
                .collect()
        };
        f.debug_struct("Chain")
            .field("before", &written(&self.before))
            .field("after", &written(&self.after))
            .finish()
    }
}
