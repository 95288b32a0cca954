//! Job templates: params and tags that leaf steps share.

use indexmap::IndexMap;

use super::record::record;
use super::{Extra, GitInfo, ParamDefinitions, StepType, Tag, User};

record! {
    /// What a template gives to the steps that use it.
    pub struct TemplateDefinition {
        /// The `sub_type` of the steps.
        job_type: String,
        /// What executes the steps.
        step_type: StepType,
        /// The version of the template.
        version: String = "default".to_owned(),
        /// A text for people.
        description: Option<String>,
        /// Labels and permits.
        tags: Option<Vec<Tag>>,
        /// Templates that come first: job type to version.
        inherit_from: IndexMap<String, String>,
        /// Params.
        params: ParamDefinitions,
    }
}

record! {
    /// What is known of a template.
    #[derive(Default)]
    pub struct TemplateMetadata {
        /// Who owns it.
        owner: Option<User>,
        /// How far it is.
        status: Option<String>,
        /// Where to ask.
        support: Option<serde_json::Value>,
        /// Workflows that try it.
        test_workflows: Option<serde_json::Value>,
        /// Where it comes from.
        git_info: Option<GitInfo>,
        /// When, in epoch milliseconds.
        create_time: Option<i64>,
        /// Who pushed it.
        version_author: Option<User>,
    }
    +
    /// Anything else.
    extra
}

record! {
    /// A job template.
    pub struct JobTemplate {
        /// What is known of it.
        metadata: Option<TemplateMetadata>,
        /// What it gives.
        definition: TemplateDefinition,
    }
}

impl TemplateMetadata {
    /// No metadata but these keys.
    #[must_use]
    pub fn with_extra(extra: Extra) -> TemplateMetadata {
        TemplateMetadata { extra, ..TemplateMetadata::default() }
    }
}
