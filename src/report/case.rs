//! What the examiner says of the case: which, which exhibit, who works on it, and by what right. Never read from evidence.

use serde_json::{Map, Value};

/// The case of a run. Each part is the examiner's own word: it is echoed, never checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Case {
    /// Its name or number.
    pub name: Option<String>,
    /// The label of the exhibit that the evidence is (`AB1`).
    pub exhibit: Option<String>,
    /// Who ran the tool.
    pub operator: Option<String>,
    /// By what right the evidence is examined: a warrant, a consent, an order.
    pub authority: Option<String>,
}

impl Case {
    fn parts(&self) -> [(&'static str, &'static str, Option<&str>); 4] {
        [
            ("name", "Case", self.name.as_deref()),
            ("exhibit", "Exhibit", self.exhibit.as_deref()),
            ("operator", "Operator", self.operator.as_deref()),
            ("authority", "Authority", self.authority.as_deref()),
        ]
    }

    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.parts().iter().all(|(.., value)| value.is_none())
    }

    /// What was said, under labels for people.
    pub fn labelled(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.parts().into_iter().filter_map(|(_, label, value)| Some((label, value?)))
    }

    /// The object under `case` in a report.
    pub fn to_json(&self) -> Value {
        let parts = self.parts();
        let said =
            parts.iter().filter_map(|(key, _, value)| Some(((*key).to_owned(), Value::from((*value)?))));
        Value::Object(said.collect::<Map<_, _>>())
    }

    /// Reads that object back; nothing where it is none that a run can have written.
    pub fn of_json(value: &Value) -> Option<Self> {
        let mut case = Case::default();
        if value.is_null() {
            return Some(case);
        }
        for (key, value) in value.as_object()? {
            *case.part(key)? = Some(value.as_str()?.to_owned());
        }
        (!case.is_empty()).then_some(case)
    }

    /// The part under a key of the report.
    fn part(&mut self, key: &str) -> Option<&mut Option<String>> {
        match key {
            "name" => Some(&mut self.name),
            "exhibit" => Some(&mut self.exhibit),
            "operator" => Some(&mut self.operator),
            "authority" => Some(&mut self.authority),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_case_comes_back_from_its_report_and_nothing_else_does() {
        let case = Case { name: Some("R v Doe".into()), exhibit: Some("AB1".into()), ..Case::default() };
        assert_eq!(case.to_json(), json!({"name": "R v Doe", "exhibit": "AB1"}));
        assert_eq!(Case::of_json(&case.to_json()), Some(case));
        assert_eq!(Case::of_json(&Value::Null), Some(Case::default()));
        for forged in [json!(7), json!({}), json!({"name": 7}), json!({"judge": "x"})] {
            assert_eq!(Case::of_json(&forged), None, "{forged}");
        }
    }
}
