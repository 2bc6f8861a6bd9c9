//! What IAM says to a question, whose word it was, and why other statements have no say.

use serde_json::{Value, json};

use crate::iam::{
    Condition, Decision, Effect, Miss, Policy, Request, Statement, Verdict,
    advice::{self, Advice},
    decide, misses,
};

/// A question, and the policies that answer it.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// What is asked.
    pub request: Request,
    /// Who answers.
    pub policies: &'a [Policy],
}

impl Question<'_> {
    /// The answer.
    pub fn decision(&self) -> Decision {
        decide(self.policies, &self.request)
    }

    fn title(&self) -> String {
        match &self.request.service {
            Some(service) => format!("{} by {service}", self.request.action),
            None => format!("{} on {}", self.request.action, self.request.resource),
        }
    }

    /// The answer, and what led to it, a line each.
    fn reasons(&self) -> Vec<String> {
        match self.decision() {
            Decision { by: Some((policy, at)), .. } => {
                vec![format!("by {}", name(&self.policies[policy], at))]
            }
            _ => {
                let mut lines = vec!["no statement allows it".to_string()];
                lines.extend(self.missed());
                lines
            }
        }
    }

    /// Why the statements that would allow the action have no say.
    fn missed(&self) -> Vec<String> {
        let of_policy = |policy: &Policy| {
            let statements = policy.statements.iter().enumerate();
            let allows = statements.filter(|(_, statement)| statement.effect == Effect::Allow);
            let why = allows.filter_map(|(at, statement)| {
                Some(format!("{} does not: {}", name(policy, at), self.why_not(statement)?))
            });
            why.collect::<Vec<_>>()
        };
        self.policies.iter().flat_map(of_policy).collect()
    }

    fn why_not(&self, statement: &Statement) -> Option<String> {
        let misses = misses(statement, &self.request);
        if misses.contains(&Miss::Action) {
            return None;
        }
        let words = misses.into_iter().map(|miss| match miss {
            Miss::Action => "it is about other actions".into(),
            Miss::Resource => "it is about other resources".into(),
            Miss::Service => "it is about other services".into(),
            Miss::Condition(condition) => self.unmet(condition),
        });
        Some(words.collect::<Vec<_>>().join("; "))
    }

    fn unmet(&self, condition: &Condition) -> String {
        let wanted: Vec<_> = condition.values.iter().map(|value| format!("`{}`", value.text)).collect();
        let found = match self.request.context.get(&condition.key) {
            None => "the request has none".into(),
            Some(values) => format!("the request has `{}`", values.join("`, `")),
        };
        format!("{} of `{}` wants {}, {found}", condition.operator, condition.key, wanted.join(" or "))
    }

    fn advice(&self) -> Vec<Advice> {
        // What is seldom meant matters here only where it has to do with a denial.
        if self.decision().is_allowed() {
            return Vec::new();
        }
        let mut advice = advice::of_denial(self.policies, &self.request);
        advice.extend(advice::of_policies(self.policies));
        advice
    }
}

/// Questions with their answers as text.
pub fn to_text(questions: &[Question<'_>]) -> String {
    let mut text = String::new();
    for question in questions {
        text += &format!("{}: {}\n", question.title(), verdict(question.decision().verdict));
        question.reasons().iter().for_each(|line| text += &format!("  {line}\n"));
        for Advice { statement: (policy, at), message, help } in question.advice() {
            text += &format!(
                "  warning: {}: {message}\n    help: {help}\n",
                name(&question.policies[policy], at)
            );
        }
    }
    text
}

/// Questions with their answers as data.
pub fn to_json(questions: &[Question<'_>]) -> Value {
    let of_question = |question: &Question<'_>| {
        let decision = question.decision();
        let advice = question.advice().into_iter().map(|said| {
            json!({
                "policy": question.policies[said.statement.0].name,
                "statement": said.statement.1,
                "message": said.message,
                "help": said.help,
            })
        });
        json!({
            "action": question.request.action,
            "resource": question.request.resource,
            "decision": format!("{:?}", decision.verdict),
            "policy": decision.by.map(|(policy, _)| &question.policies[policy].name),
            "statement": decision.by.map(|(_, statement)| statement),
            "reasons": question.reasons(),
            "warnings": advice.collect::<Vec<_>>(),
        })
    };
    questions.iter().map(of_question).collect()
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allowed => "allowed",
        Verdict::ImplicitlyDenied => "denied",
        Verdict::ExplicitlyDenied => "denied explicitly",
    }
}

fn name(policy: &Policy, at: usize) -> String {
    format!("{} of {}", policy.statements[at].title(at), policy.name)
}
