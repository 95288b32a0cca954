//! Params: as a definition has them ([`ParamDefinition`]) and as an instance has them
//! ([`Parameter`]: with the evaluated value).

use super::literal::{Literal, ParamType};
use super::record::{add_rest, field, names, rest, through_serde};
use super::{Evaluated, Extra, Model, Tag};
use crate::document::{Key, Node, Path, Problems, Value};

names! {
    /// Who may change a param, from the laxest to the strictest.
    #[derive(Default)]
    pub enum ParamMode {
        /// Anyone, job outputs too.
        #[default]
        Mutable = "MUTABLE",
        /// Start and restart.
        MutableOnStartRestart = "MUTABLE_ON_START_RESTART",
        /// Start only.
        MutableOnStart = "MUTABLE_ON_START",
        /// Nobody; evaluated again on restart.
        Immutable = "IMMUTABLE",
        /// Nobody; frozen on restart.
        Constant = "CONSTANT",
    }
}

names! {
    /// What defaults and templates ask of a param; gone after merging.
    pub enum InternalMode {
        /// May be missing.
        Optional = "OPTIONAL",
        /// The user must supply it.
        Required = "REQUIRED",
        /// A default is given.
        Provided = "PROVIDED",
        /// The system's value.
        Reserved = "RESERVED",
    }
}

names! {
    /// Where the value of a param came from.
    pub enum ParamSource {
        /// The engine.
        System = "SYSTEM",
        /// A default param.
        SystemDefault = "SYSTEM_DEFAULT",
        /// Injected by a runtime.
        SystemInjected = "SYSTEM_INJECTED",
        /// A job template.
        TemplateSchema = "TEMPLATE_SCHEMA",
        /// The definition.
        Definition = "DEFINITION",
        /// A start.
        Launch = "LAUNCH",
        /// A restart.
        Restart = "RESTART",
        /// A signal trigger.
        Signal = "SIGNAL",
        /// A time trigger.
        TimeTrigger = "TIME_TRIGGER",
        /// A subworkflow step.
        Subworkflow = "SUBWORKFLOW",
        /// A foreach step.
        Foreach = "FOREACH",
        /// A while step.
        While = "WHILE",
        /// A template step.
        Template = "TEMPLATE",
        /// A job's output.
        OutputParameter = "OUTPUT_PARAMETER",
        /// A workflow param merged into a template's.
        WorkflowParameter = "WORKFLOW_PARAMETER",
    }
}

/// What a param is given by.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// `"value": …`
    Literal(Literal),
    /// `"expression": "…"`
    Expression(String),
    /// Neither: only in defaults that the user fills in.
    Missing,
}

/// A param of a definition; its name is the key it stands under.
#[derive(Debug, Clone, PartialEq)]
pub struct ParamDefinition {
    /// Value or expression.
    pub content: Content,
    /// The declared type.
    pub param_type: ParamType,
    /// Who may change it; absent means MUTABLE.
    pub mode: Option<ParamMode>,
    /// Labels.
    pub tags: Option<Vec<Tag>>,
    /// A hint, never evaluated.
    pub validator: Option<String>,
    /// Only in defaults and templates.
    pub internal_mode: Option<InternalMode>,
    /// Where the value came from; only the system sets it.
    pub source: Option<ParamSource>,
    /// Any further keys.
    pub meta: Extra,
}

/// A param of an instance.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// The definition it was merged to. `info` and `warn` of a conversion are in its `meta`.
    pub definition: ParamDefinition,
    /// The value, once evaluated.
    pub evaluated_result: Option<Evaluated>,
    /// When it was evaluated, in epoch milliseconds.
    pub evaluated_time: Option<i64>,
}

impl ParamDefinition {
    /// A literal of its own type.
    #[must_use]
    pub fn literal(literal: Literal) -> ParamDefinition {
        let param_type = literal.param_type();
        ParamDefinition::new(Content::Literal(literal), param_type)
    }
    /// A STRING literal.
    #[must_use]
    pub fn string(text: impl Into<String>) -> ParamDefinition {
        ParamDefinition::literal(Literal::String(text.into()))
    }
    /// An expression with the type of its result.
    #[must_use]
    pub fn expression(expression: impl Into<String>, param_type: ParamType) -> ParamDefinition {
        ParamDefinition::new(Content::Expression(expression.into()), param_type)
    }
    /// No value yet.
    #[must_use]
    pub fn missing(param_type: ParamType) -> ParamDefinition {
        ParamDefinition::new(Content::Missing, param_type)
    }
    fn new(content: Content, param_type: ParamType) -> ParamDefinition {
        ParamDefinition {
            content,
            param_type,
            mode: None,
            tags: None,
            validator: None,
            internal_mode: None,
            source: None,
            meta: Extra::new(),
        }
    }
    /// With this mode.
    #[must_use]
    pub fn with_mode(mut self, mode: ParamMode) -> Self {
        self.mode = Some(mode);
        self
    }
    /// With this internal mode.
    #[must_use]
    pub fn with_internal(mut self, mode: InternalMode) -> Self {
        self.internal_mode = Some(mode);
        self
    }
    /// The literal, if it is one.
    #[must_use]
    pub fn as_literal(&self) -> Option<&Literal> {
        match &self.content {
            Content::Literal(literal) => Some(literal),
            _ => None,
        }
    }
    /// The expression, if it is one.
    #[must_use]
    pub fn as_expression(&self) -> Option<&str> {
        match &self.content {
            Content::Expression(text) => Some(text),
            _ => None,
        }
    }

    fn read_with(
        node: &Node,
        also: &[&str],
        at: &Path<'_>,
        problems: &mut Problems,
    ) -> Option<ParamDefinition> {
        if node.as_object().is_none() {
            problems.expected(at, node, "an object");
            return None;
        }
        let declared = field::<ParamType>(node, "type", None, at, problems);
        let mode = field(node, "mode", None, at, problems);
        let tags = field(node, "tags", None, at, problems);
        let validator = field(node, "validator", None, at, problems);
        let internal_mode = field(node, "internal_mode", None, at, problems);
        let source = field(node, "source", None, at, problems);
        let expression = match node.get("expression") {
            Some(text) => match <String as Model>::read(text, &at.key("expression"), problems) {
                Some(text) => Some(Content::Expression(text)),
                None => return None,
            },
            None => None,
        };
        let literal = match (node.get("value"), declared) {
            (None, _) => None,
            (Some(value), Some(declared)) => {
                let path = at.key("value");
                let literal = Literal::read(value, declared, &path, problems)?;
                if expression.is_some() {
                    problems.at(&path, value, "a param has a `value` or an `expression`, not both");
                    return None;
                }
                Some(Content::Literal(literal))
            }
            (Some(_), None) => return None,
        };
        Some(ParamDefinition {
            content: literal.or(expression).unwrap_or(Content::Missing),
            param_type: declared?,
            mode: mode?,
            tags: tags?,
            validator: validator?,
            internal_mode: internal_mode?,
            source: source?,
            meta: rest(node, &[DEFINITION, also]),
        })
    }

    fn write_fields(&self, entries: &mut Vec<(Key, Node)>) {
        let mut add = |name: &str, node: Node| entries.push((Key::new(name), node));
        match &self.content {
            Content::Literal(literal) => add("value", literal.write()),
            Content::Expression(text) => add("expression", text.write()),
            Content::Missing => {}
        }
        add("type", self.param_type.write());
        if let Some(mode) = &self.mode {
            add("mode", mode.write());
        }
        if let Some(tags) = &self.tags {
            add("tags", tags.write());
        }
        if let Some(validator) = &self.validator {
            add("validator", validator.write());
        }
        if let Some(mode) = &self.internal_mode {
            add("internal_mode", mode.write());
        }
        if let Some(source) = &self.source {
            add("source", source.write());
        }
        add_rest(&self.meta, entries);
    }
}

const DEFINITION: &[&str] =
    &["value", "expression", "type", "mode", "tags", "validator", "internal_mode", "source"];
const INSTANCE: &[&str] = &["evaluated_result", "evaluated_time"];

impl Model for ParamDefinition {
    fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
        ParamDefinition::read_with(node, &[], at, problems)
    }
    fn write(&self) -> Node {
        let mut entries = Vec::new();
        self.write_fields(&mut entries);
        Node::new(Value::Object(entries))
    }
}

impl Parameter {
    /// Not evaluated yet.
    #[must_use]
    pub fn new(definition: ParamDefinition) -> Parameter {
        Parameter { definition, evaluated_result: None, evaluated_time: None }
    }
    /// The value, once evaluated.
    #[must_use]
    pub fn evaluated(&self) -> Option<&Evaluated> {
        self.evaluated_result.as_ref()
    }
    /// The mode, MUTABLE when none is given.
    #[must_use]
    pub fn mode(&self) -> ParamMode {
        self.definition.mode.unwrap_or_default()
    }
}

impl Model for Parameter {
    fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
        let definition = ParamDefinition::read_with(node, INSTANCE, at, problems)?;
        let evaluated_result = match node.get("evaluated_result") {
            Some(value) if !value.is_null() => Some(Evaluated::read_as(
                value,
                definition.param_type,
                &at.key("evaluated_result"),
                problems,
            )?),
            _ => None,
        };
        let evaluated_time = field(node, "evaluated_time", None, at, problems)?;
        Some(Parameter { definition, evaluated_result, evaluated_time })
    }
    fn write(&self) -> Node {
        let mut entries = Vec::new();
        self.definition.write_fields(&mut entries);
        if let Some(result) = &self.evaluated_result {
            entries.push((Key::new("evaluated_result"), result.write()));
        }
        if let Some(time) = self.evaluated_time {
            entries.push((Key::new("evaluated_time"), time.write()));
        }
        Node::new(Value::Object(entries))
    }
}
through_serde!(ParamDefinition, Parameter);
