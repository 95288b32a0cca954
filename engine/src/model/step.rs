//! Steps: an object with one key that names the kind (`step`, `foreach`, …).

use indexmap::IndexMap;

use super::record::{names, record, through_serde, unknown};
use super::{
    FailureMode, Model, ParamDefinitions, RetryPolicy, Scalar, SignalDependency, SignalOutput, Tag,
};
use crate::document::{Key, Node, Path, Problems, Value};

names! {
    /// What executes a leaf step. `Shell` and `Python` are ours.
    pub enum StepType {
        /// Nothing.
        NoOp = "NoOp",
        /// Waits.
        Sleep = "Sleep",
        /// No runtime.
        Titus = "Titus",
        /// A notebook, run as a Kubernetes job.
        Notebook = "Notebook",
        /// A Kubernetes job.
        Kubernetes = "Kubernetes",
        /// An HTTP call.
        Http = "Http",
        /// A command of this machine.
        Shell = "Shell",
        /// Python code in a virtual environment.
        Python = "Python",
    }
}

/// The name of a leaf step's type: a built-in one, spelt as it is known, or one that a program
/// adds to its engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeName(String);

impl TypeName {
    /// The name as it is written out.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Model for TypeName {
    fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
        let text = String::read(node, at, problems)?;
        Some(TypeName(StepType::from_name(&text).map_or(text, |known| known.as_str().to_owned())))
    }
    fn write(&self) -> Node {
        Node::text(self.as_str())
    }
    fn stand_in(_: &Node) -> Option<Self> {
        Some(TypeName(StepType::NoOp.as_str().to_owned()))
    }
}

record! {
    /// The edges of a step.
    #[derive(Default)]
    pub struct Transition {
        /// Derived from the successors of the others; when given it must agree.
        predecessors: Vec<String> = Vec::new(),
        /// Step id to condition, an expression.
        successors: IndexMap<String, String> = IndexMap::new(),
    }
}

record! {
    /// What every kind of step has.
    pub struct StepCommon {
        /// The id, unique in the whole definition.
        id: String,
        /// A name for people.
        name: Option<String>,
        /// A text for people.
        description: Option<String>,
        /// The edges.
        transition: Transition = Transition::default(),
        /// What happens when it fails for good.
        failure_mode: FailureMode = FailureMode::default(),
        /// Labels and permits.
        tags: Option<Vec<Tag>>,
        /// A duration.
        timeout: Option<Scalar>,
        /// Signals to wait for.
        signal_dependencies: Option<Vec<SignalDependency>>,
        /// Signals to announce.
        signal_outputs: Option<Vec<SignalOutput>>,
        /// Its params.
        params: ParamDefinitions,
    }
}

record! {
    /// A step that a runtime executes.
    pub struct LeafKind {
        /// What executes it.
        step_type as "type": TypeName,
        /// The job template.
        sub_type: Option<String>,
        /// The version of the job template.
        sub_type_version: Option<String>,
        /// How often it is tried again.
        retry_policy: Option<Box<RetryPolicy>>,
    }
}

record! {
    /// A step that runs another workflow.
    pub struct SubworkflowKind {
        /// Whether the step waits for the child.
        sync: bool = true,
        /// Whether the child gets the step's params only.
        explicit_params: bool = false,
    }
}

record! {
    /// A step that runs its steps for each combination of loop values.
    pub struct ForeachKind {
        /// How many iterations at once.
        concurrency: Option<Scalar>,
        /// Whether iterations start in order within a sliding window.
        strict_ordering: bool = false,
        /// The steps of an iteration.
        steps: Vec<Step> = Vec::new(),
    }
}

record! {
    /// A step that runs its steps while a condition holds.
    pub struct WhileKind {
        /// The condition, an expression.
        condition: String,
        /// The steps of an iteration.
        steps: Vec<Step> = Vec::new(),
    }
}

record! {
    /// A placeholder of the wire format: there is no runtime for it.
    pub struct TemplateKind {
        /// The template.
        sub_type: Option<String>,
        /// Its version.
        sub_type_version: Option<String>,
    }
}

/// What a step is besides the common fields.
#[derive(Debug, Clone, PartialEq)]
pub enum StepKind {
    /// `step`
    Leaf(LeafKind),
    /// `subworkflow`
    Subworkflow(SubworkflowKind),
    /// `foreach`
    Foreach(ForeachKind),
    /// `while`
    While(WhileKind),
    /// `template`
    Template(TemplateKind),
}

/// A step of a definition.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What every kind has.
    pub common: StepCommon,
    /// What this kind has.
    pub kind: StepKind,
}

impl Step {
    /// The id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.common.id
    }
    /// The key that names the kind on the wire.
    #[must_use]
    pub fn wrapper(&self) -> &'static str {
        match self.kind {
            StepKind::Leaf(_) => "step",
            StepKind::Subworkflow(_) => "subworkflow",
            StepKind::Foreach(_) => "foreach",
            StepKind::While(_) => "while",
            StepKind::Template(_) => "template",
        }
    }
    /// The type as `params.getFromStep('step_type_info')` tells it when there is no `sub_type`.
    #[must_use]
    pub fn type_name(&self) -> &str {
        match &self.kind {
            StepKind::Leaf(leaf) => leaf.step_type.as_str(),
            StepKind::Subworkflow(_) => "SUBWORKFLOW",
            StepKind::Foreach(_) => "FOREACH",
            StepKind::While(_) => "WHILE",
            StepKind::Template(_) => "TEMPLATE",
        }
    }
    /// The steps inside it.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        match &self.kind {
            StepKind::Foreach(kind) => &kind.steps,
            StepKind::While(kind) => &kind.steps,
            _ => &[],
        }
    }
}

fn read_kind<T>(
    node: &Node,
    at: &Path<'_>,
    problems: &mut Problems,
    fields: &[&str],
    read: impl Fn(&Node, &Path<'_>, &mut Problems) -> Option<T>,
    kind: impl Fn(T) -> StepKind,
) -> Option<Step> {
    if node.as_object().is_none() {
        problems.expected(at, node, "an object");
        return None;
    }
    unknown(node, &[StepCommon::FIELDS, fields], at, problems);
    let common = StepCommon::read_fields(node, at, problems);
    let own = read(node, at, problems);
    Some(Step { common: common?, kind: kind(own?) })
}

impl Model for Step {
    fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
        let Some([(key, inner)]) = node.as_object() else {
            problems.at(
                at,
                node,
                "expected an object with one key of `step`, `subworkflow`, `foreach`, `while`",
            );
            return None;
        };
        match key.name.as_str() {
            "step" => read_kind(
                inner,
                at,
                problems,
                LeafKind::FIELDS,
                LeafKind::read_fields,
                StepKind::Leaf,
            ),
            "subworkflow" => read_kind(
                inner,
                at,
                problems,
                SubworkflowKind::FIELDS,
                SubworkflowKind::read_fields,
                StepKind::Subworkflow,
            ),
            "foreach" => read_kind(
                inner,
                at,
                problems,
                ForeachKind::FIELDS,
                ForeachKind::read_fields,
                StepKind::Foreach,
            ),
            "while" => read_kind(
                inner,
                at,
                problems,
                WhileKind::FIELDS,
                WhileKind::read_fields,
                StepKind::While,
            ),
            "template" => read_kind(
                inner,
                at,
                problems,
                TemplateKind::FIELDS,
                TemplateKind::read_fields,
                StepKind::Template,
            ),
            other => {
                let message = format!(
                    "unknown kind of step `{}`: expected `step`, `subworkflow`, `foreach` or `while`",
                    crate::document::shorten(other)
                );
                problems.span(at, key.span, message);
                None
            }
        }
    }
    fn write(&self) -> Node {
        let mut entries = Vec::new();
        self.common.write_fields(&mut entries);
        match &self.kind {
            StepKind::Leaf(kind) => kind.write_fields(&mut entries),
            StepKind::Subworkflow(kind) => kind.write_fields(&mut entries),
            StepKind::Foreach(kind) => kind.write_fields(&mut entries),
            StepKind::While(kind) => kind.write_fields(&mut entries),
            StepKind::Template(kind) => kind.write_fields(&mut entries),
        }
        let inner = Node::new(Value::Object(entries));
        Node::new(Value::Object(vec![(Key::new(self.wrapper()), inner)]))
    }
    /// A step with the same id and edges, so that those to it and from it are there.
    fn stand_in(node: &Node) -> Option<Self> {
        let inner = node.as_object().and_then(|fields| fields.first()).map_or(node, |(_, n)| n);
        let unheard = &mut Problems::default();
        let common = StepCommon::read_fields(inner, &Path::Root, unheard)?;
        let kind = StepKind::Leaf(LeafKind::read_fields(inner, &Path::Root, unheard)?);
        Some(Step { common, kind })
    }
}
through_serde!(Step);

impl Model for FailureMode {
    fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
        let from_name = |text: &str| {
            MODES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, mode)| *mode)
        };
        super::record::name(node, at, problems, from_name, || {
            MODES.iter().map(|(name, _)| *name).collect()
        })
    }
    fn write(&self) -> Node {
        let name = MODES.iter().find(|(_, mode)| mode == self).map_or("", |(name, _)| name);
        Node::text(name)
    }
}

const MODES: [(&str, FailureMode); 3] = [
    ("FAIL_AFTER_RUNNING", FailureMode::FailAfterRunning),
    ("FAIL_IMMEDIATELY", FailureMode::FailImmediately),
    ("IGNORE_FAILURE", FailureMode::IgnoreFailure),
];
