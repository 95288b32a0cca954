//! Job templates: the params and tags that a step's `sub_type` brings along.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use super::RunError;
use super::eval::value;
use crate::document::{Path, Problems};
use crate::model::{Model, ParamDefinitions, StepType};
use crate::plan::{Params, StepPlan};
use crate::store::Store;

/// The kind of the store's entries.
pub(super) const KIND: &str = "job_template";

/// How deep templates inherit from each other.
const MAX_DEPTH: usize = 20;

/// All templates, by `type/version`.
#[derive(Debug, Default)]
pub(super) struct Templates(HashMap<String, Json>);

/// What a template gives to a step, with what it inherits.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Given {
    pub(super) params: Map<String, Json>,
    pub(super) tags: Vec<String>,
}

fn name(job_type: &str, version: &str) -> String {
    format!("{job_type}/{version}")
}

/// The step types of all templates of a store: the YAML language takes the type of a template for
/// a type of job.
#[derive(Debug, Default)]
pub struct JobTypes(HashMap<String, StepType>);

impl JobTypes {
    /// Reads them.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read(store: &dyn Store) -> Result<JobTypes, RunError> {
        let mut types = HashMap::new();
        for (name, text) in store.entries(KIND).await? {
            let template: Json = super::recover::read(&text)?;
            let definition = template.get("definition").unwrap_or(&template);
            let step_type = definition.get("step_type").and_then(Json::as_str);
            types.extend(step_type.and_then(StepType::from_name).map(|found| (name, found)));
        }
        Ok(JobTypes(types))
    }

    /// The step type of a template, the default version where none is named.
    #[must_use]
    pub fn step_type(&self, job_type: &str, version: Option<&str>) -> Option<StepType> {
        self.0.get(&name(job_type, version.unwrap_or("default"))).copied()
    }
}

impl Templates {
    /// Takes in a template (`{"definition": …}`, or the definition alone); answers its name.
    pub(super) fn add(&mut self, template: &Json) -> Result<String, String> {
        let definition = template.get("definition").unwrap_or(template);
        let text = |field: &str| definition.get(field).and_then(Json::as_str);
        let job_type = text("job_type").ok_or("a job template needs a `job_type`")?;
        text("step_type").ok_or("a job template needs a `step_type`")?;
        if let Some(params) = definition.get("params") {
            let (mut problems, root) = (Problems::default(), Path::Root);
            let node = crate::model::from_json(params);
            let read = ParamDefinitions::read(&node, &root.key("params"), &mut problems);
            problems.finish(read).map_err(|violations| violations.to_string())?;
        }
        let name = name(job_type, text("version").unwrap_or("default"));
        self.0.insert(name.clone(), definition.clone());
        Ok(name)
    }

    /// What the template of a step gives; nothing where there is no such template.
    pub(super) fn of(&self, plan: &StepPlan, workflow: &Params) -> Result<Given, String> {
        let mut given = Given::default();
        let field = |name: &str| plan.field(name).and_then(Json::as_str).map(str::to_owned);
        let Some(job_type) = field("sub_type").filter(|_| !self.0.is_empty()) else {
            return Ok(given);
        };
        let chosen = workflow.get("job_template_version").map(value);
        let chosen = chosen.and_then(|v| v.as_str().map(str::to_owned));
        let version = field("sub_type_version").or(chosen).unwrap_or_else(|| "default".to_owned());
        self.collect(&name(&job_type, &version), &plan.type_name, &mut Vec::new(), &mut given)?;
        Ok(given)
    }

    /// Parents first, so that what a child says replaces what they say.
    fn collect(
        &self,
        name: &str,
        step_type: &str,
        path: &mut Vec<String>,
        given: &mut Given,
    ) -> Result<(), String> {
        if path.iter().any(|known| known == name) || path.len() >= MAX_DEPTH {
            return Err(format!("the job template `{name}` inherits from itself"));
        }
        let Some(definition) = self.0.get(name) else { return Ok(()) };
        let own = definition.get("step_type").and_then(Json::as_str).unwrap_or_default();
        if !own.eq_ignore_ascii_case(step_type) {
            return Err(format!(
                "the job template `{name}` is for steps of type `{own}`, not `{step_type}`"
            ));
        }
        path.push(name.to_owned());
        let parents = definition.get("inherit_from").and_then(Json::as_object);
        for (parent, version) in parents.into_iter().flatten() {
            let version = version.as_str().unwrap_or("default");
            self.collect(&self::name(parent, version), step_type, path, given)?;
        }
        path.pop();
        let params = definition.get("params").and_then(Json::as_object);
        for (name, param) in params.into_iter().flatten() {
            given.params.insert(name.clone(), param.clone());
        }
        let tags = definition.get("tags").and_then(Json::as_array);
        for tag in tags.into_iter().flatten() {
            let tag = tag.as_str().or_else(|| tag.get("name").and_then(Json::as_str));
            if let Some(tag) = tag.filter(|tag| given.tags.iter().all(|known| known != tag)) {
                given.tags.push(tag.to_owned());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn step(fields: &Json) -> StepPlan {
        let mut step = json!({"id": "s", "type": "Shell"});
        step.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap());
        let definition = json!({"id": "w", "steps": [{"step": step}]});
        let plan = crate::plan::Plan::new(1, definition, json!({})).unwrap();
        std::sync::Arc::into_inner(plan.top).unwrap().steps.remove(0)
    }

    fn templates() -> Templates {
        let param = |text: &str| json!({"value": text, "type": "STRING"});
        let mut templates = Templates::default();
        for template in [
            json!({"definition": {"job_type": "base", "step_type": "SHELL", "tags": ["db"],
                "params": {"a": param("base"), "b": param("base")}}}),
            json!({"job_type": "spark", "step_type": "Shell", "inherit_from": {"base": "default"},
                "tags": ["db", {"name": "spark"}], "params": {"b": param("spark")}}),
            json!({"job_type": "spark", "step_type": "Shell", "version": "2", "params": {"b": param("2")}}),
            json!({"job_type": "x", "step_type": "Shell", "inherit_from": {"y": "default"}}),
            json!({"job_type": "y", "step_type": "Shell", "inherit_from": {"x": "default"}}),
            json!({"job_type": "other", "step_type": "Http"}),
        ] {
            templates.add(&template).unwrap();
        }
        templates
    }

    #[test]
    fn a_child_replaces_what_its_parents_say() {
        let given = templates().of(&step(&json!({"sub_type": "spark"})), &Params::new()).unwrap();
        assert_eq!(
            (&given.params["a"]["value"], &given.params["b"]["value"]),
            (&json!("base"), &json!("spark"))
        );
        assert_eq!(given.tags, ["db", "spark"]);
    }

    #[test]
    fn the_version_is_the_steps_or_the_workflows() {
        let workflow =
            Params::from_iter([("job_template_version".to_owned(), json!({"value": "2"}))]);
        let of = |fields: Json| {
            templates().of(&step(&fields), &workflow).unwrap().params["b"]["value"].clone()
        };
        assert_eq!(of(json!({"sub_type": "spark"})), "2");
        assert_eq!(of(json!({"sub_type": "spark", "sub_type_version": "default"})), "spark");
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let rows = [("x", "inherits from itself"), ("other", "is for steps of type `Http`")];
        for (sub_type, message) in rows {
            let error = templates().of(&step(&json!({"sub_type": sub_type})), &Params::new());
            assert!(error.unwrap_err().contains(message), "{sub_type}");
        }
        let unknown = templates().of(&step(&json!({"sub_type": "none"})), &Params::new());
        assert_eq!(unknown, Ok(Given::default()));
    }
}
