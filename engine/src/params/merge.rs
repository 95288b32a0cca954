//! Merging: what a start, a restart, a child or a job says onto what is there, and who may say it.

use indexmap::map::Entry;

use super::convert;
use super::error::ParamError;
use super::evaluator::required;
use crate::model::{
    Content, InternalMode, Literal, ParamDefinition, ParamDefinitions, ParamMode, ParamSource,
    ParamType,
};

/// Who merges, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MergeContext {
    /// Where the merged params come from.
    pub source: ParamSource,
    /// The merge is part of a restart.
    pub restart: bool,
}

impl MergeContext {
    /// A merge of a first run.
    #[must_use]
    pub const fn of(source: ParamSource) -> MergeContext {
        MergeContext { source, restart: false }
    }
    /// A merge of a restart.
    #[must_use]
    pub const fn restart(source: ParamSource) -> MergeContext {
        MergeContext { source, restart: true }
    }
    /// No permission is asked.
    fn is_system(self) -> bool {
        matches!(
            self.source,
            ParamSource::System
                | ParamSource::SystemDefault
                | ParamSource::SystemInjected
                | ParamSource::TemplateSchema
                | ParamSource::WorkflowParameter
        )
    }
    /// The params come from a step above.
    pub(super) fn is_upstream(self) -> bool {
        matches!(
            self.source,
            ParamSource::Subworkflow
                | ParamSource::Foreach
                | ParamSource::While
                | ParamSource::Template
        )
    }
    /// Whether a param of this mode may be changed.
    fn allows(self, mode: ParamMode) -> bool {
        let at_restart = matches!(mode, ParamMode::Mutable | ParamMode::MutableOnStartRestart);
        let allowed = match self.source {
            ParamSource::OutputParameter => mode == ParamMode::Mutable,
            ParamSource::Restart => at_restart,
            _ => at_restart || mode == ParamMode::MutableOnStart,
        };
        allowed && (!self.restart || at_restart)
    }
}

/// Merges params onto a base, by name.
///
/// # Errors
/// When a type does not fit or a param may not be changed; the error names the param.
pub fn merge(
    base: &mut ParamDefinitions,
    new: &ParamDefinitions,
    cx: MergeContext,
) -> Result<(), ParamError> {
    merge_within(base, new, cx, None, "")
}

fn merge_within(
    base: &mut ParamDefinitions,
    new: &ParamDefinitions,
    cx: MergeContext,
    parent: Option<ParamMode>,
    prefix: &str,
) -> Result<(), ParamError> {
    for (name, definition) in new {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match base.entry(name.clone()) {
            Entry::Occupied(mut entry) => {
                let merged = onto(entry.get(), definition, cx, parent, &path)?;
                entry.insert(merged);
            }
            Entry::Vacant(entry) => {
                asked(definition, cx, &path)?;
                let mut fresh = definition.clone();
                fresh.mode = Some(raised(definition.mode, None, definition, parent));
                fresh.source = Some(cx.source);
                if !cx.is_system() {
                    fresh.meta.clear();
                }
                entry.insert(fresh);
            }
        }
    }
    Ok(())
}

/// What users may not say.
fn asked(new: &ParamDefinition, cx: MergeContext, path: &str) -> Result<(), ParamError> {
    if cx.is_system() || cx.is_upstream() {
        return Ok(());
    }
    if new.internal_mode.is_some() {
        let message = format!("cannot modify system mode for parameter [{path}]");
        return Err(ParamError::invalid(path, message));
    }
    if new.source.is_some() {
        let message = format!("cannot modify source for parameter [{path}]");
        return Err(ParamError::invalid(path, message));
    }
    Ok(())
}

/// The mode of a merged param, never below that of what it stands in.
fn raised(
    new: Option<ParamMode>,
    base: Option<ParamMode>,
    internal: &ParamDefinition,
    parent: Option<ParamMode>,
) -> ParamMode {
    let mode = new.or(base).unwrap_or_default();
    let least = match internal.internal_mode {
        Some(InternalMode::Reserved) => ParamMode::Constant,
        _ => ParamMode::Mutable,
    };
    mode.max(least).max(parent.unwrap_or_default())
}

fn onto(
    base: &ParamDefinition,
    new: &ParamDefinition,
    cx: MergeContext,
    parent: Option<ParamMode>,
    path: &str,
) -> Result<ParamDefinition, ParamError> {
    let from_above =
        cx.is_upstream() && new.source.is_some_and(|source| source != ParamSource::Definition);
    let mut merged = base.clone();
    merged.mode = Some(raised(new.mode, base.mode, base, parent));
    if cx.is_upstream() {
        merged.mode = merged.mode.max(base.mode);
    }
    merged.content = content(base, new, cx, merged.mode, path)?;
    for tag in new.tags.iter().flatten() {
        let tags = merged.tags.get_or_insert_default();
        if !tags.iter().any(|known| known.name == tag.name) {
            tags.push(tag.clone());
        }
    }
    if new.validator.is_some() {
        merged.validator.clone_from(&new.validator);
    }
    if cx.is_system() && new.internal_mode.is_some() {
        merged.internal_mode = new.internal_mode;
    }
    let base_mode = base.mode.unwrap_or_default();
    let changed = merged.content != base.content
        || merged.tags != base.tags
        || merged.validator != base.validator
        || merged.mode.unwrap_or_default() != base_mode
        || new.mode.is_some_and(|mode| mode < base_mode);
    if !cx.is_system() && !from_above {
        asked(new, cx, path)?;
        if changed {
            permitted(base, new, &merged, cx, path)?;
        }
    }
    if changed || !(cx.is_system() || cx.is_upstream()) {
        merged.source = Some(cx.source);
    }
    if !cx.is_system() {
        merged.meta.clear();
    }
    Ok(merged)
}

fn permitted(
    base: &ParamDefinition,
    new: &ParamDefinition,
    merged: &ParamDefinition,
    cx: MergeContext,
    path: &str,
) -> Result<(), ParamError> {
    let refuse = |message: String| Err(ParamError::invalid(path, message));
    if base.internal_mode == Some(InternalMode::Reserved) {
        return refuse(format!(
            "cannot modify param with system mode [RESERVED] for parameter [{path}]"
        ));
    }
    let base_mode = base.mode.unwrap_or_default();
    if let Some(mode) = new.mode.filter(|mode| *mode < base_mode && !cx.is_upstream()) {
        return refuse(format!(
            "cannot modify param mode to be less strict for parameter [{path}] \
             from [{base_mode}] to [{mode}]"
        ));
    }
    let mode = merged.mode.unwrap_or_default();
    if !cx.allows(mode) {
        return refuse(format!("cannot modify param with mode [{mode}] for parameter [{path}]"));
    }
    Ok(())
}

fn content(
    base: &ParamDefinition,
    new: &ParamDefinition,
    cx: MergeContext,
    mode: Option<ParamMode>,
    path: &str,
) -> Result<Content, ParamError> {
    let mismatch = |from: ParamType, to: ParamType| {
        ParamError::invalid(
            path,
            format!("parameter definition type mismatch name [{path}] from [{from}] != to [{to}]"),
        )
    };
    let no_literal = || ParamError::invalid(path, format!("parameter [{path}] is not a literal"));
    let literal = match &new.content {
        Content::Missing => return Ok(base.content.clone()),
        Content::Expression(text) => return Ok(Content::Expression(text.clone())),
        Content::Literal(literal) => literal,
    };
    let fitting = convert::literal(literal, base.param_type)
        .ok_or_else(|| mismatch(new.param_type, base.param_type))?;
    Ok(Content::Literal(match (&base.content, fitting) {
        (Content::Literal(Literal::Map(old)), Literal::Map(new)) => {
            let mut entries = old.clone();
            merge_within(&mut entries, &new, cx, mode, path)?;
            Literal::Map(entries)
        }
        (Content::Literal(Literal::StringMap(old)), Literal::StringMap(new)) => {
            let mut entries = old.clone();
            entries.extend(new);
            Literal::StringMap(entries)
        }
        (Content::Expression(_), Literal::Map(_) | Literal::StringMap(_)) => {
            return Err(no_literal());
        }
        (_, fitting) => fitting,
    }))
}

/// Drops optional params without a value, refuses others without one, and forgets the internal
/// modes: what is left can be evaluated.
pub(super) fn clean_up(params: &mut ParamDefinitions) -> Result<(), ParamError> {
    let mut failure = None;
    params.retain(|name, param| match cleaned(name, param) {
        Ok(kept) => kept,
        Err(error) => {
            failure.get_or_insert(error);
            true
        }
    });
    failure.map_or(Ok(()), Err)
}

fn cleaned(name: &str, param: &mut ParamDefinition) -> Result<bool, ParamError> {
    let optional = param.internal_mode.take() == Some(InternalMode::Optional);
    match &mut param.content {
        Content::Missing if optional => Ok(false),
        Content::Missing => Err(required(name, param)),
        Content::Literal(Literal::Map(entries)) => {
            let mut failure = None;
            entries.retain(|key, entry| match cleaned(&format!("{name}.{key}"), entry) {
                Ok(kept) => kept,
                Err(error) => {
                    failure.get_or_insert(error);
                    true
                }
            });
            // An optional map whose entries nobody gave is not there at all.
            match failure {
                Some(_) if optional && entries.values().all(|e| e.content == Content::Missing) => {
                    Ok(false)
                }
                Some(error) => Err(error),
                None => Ok(!(optional && entries.is_empty())),
            }
        }
        _ => Ok(true),
    }
}
