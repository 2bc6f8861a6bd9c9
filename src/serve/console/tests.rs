//! What holds of the console's files without a browser.

use std::collections::BTreeSet;

use regex::Regex;

use super::*;

/// The colours of the reports.
const REPORTS: [&str; 2] =
    [include_str!("../../report/html/colour.rs"), include_str!("../../report/html/style.css")];

fn text(path: &str) -> &'static str {
    std::str::from_utf8(asset(path).unwrap().1).unwrap()
}

/// The files that a file names.
fn named(path: &str) -> Vec<String> {
    let name = Regex::new(r#"(?:href|src)="(/_fleetsim/console/[^"]+)"|from "\./([^"]+)""#).unwrap();
    let found = name.captures_iter(text(path));
    found
        .map(|found| match (found.get(1), found.get(2)) {
            (Some(whole), _) => whole.as_str().to_string(),
            (_, Some(beside)) => format!("/_fleetsim/console/{}", beside.as_str()),
            _ => unreachable!(),
        })
        .collect()
}

#[test]
fn the_page_leads_to_every_file_and_to_no_other() {
    let mut known = BTreeSet::from(["/".to_string()]);
    let mut open = vec!["/".to_string()];
    while let Some(path) = open.pop() {
        open.extend(named(&path).into_iter().filter(|name| known.insert(name.clone())));
    }
    assert_eq!(known, ASSETS.iter().map(|(path, ..)| (*path).to_string()).collect());
    assert_eq!(asset("/_fleetsim/console/"), None);
    assert_eq!(asset("/_fleetsim/console/../mod.rs"), None);
}

#[test]
fn nothing_makes_markup_or_leads_outside() {
    let makes = Regex::new(
        r"(?i)innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|srcdoc|javascript:|\bon\w+=|style=|<style|<script>",
    )
    .unwrap();
    let address = Regex::new(r#"(?:https?:)?//[\w-]+\.[\w.-]+"#).unwrap();
    for (path, ..) in ASSETS {
        assert_eq!(makes.find(text(path)).map(|found| found.as_str()), None, "{path}");
        let outside = address.find_iter(text(path)).find(|found| found.as_str() != "http://www.w3.org");
        assert_eq!(outside.map(|found| found.as_str()), None, "{path}");
    }
}

#[test]
fn colours_are_those_of_the_reports() {
    let colour = Regex::new("#([0-9a-f]{6})").unwrap();
    // The edge of a field has to stand out from the paper; reports have no fields.
    let own = ["7d8893"];
    let reports = REPORTS.concat().replace("0x", "").replace(", ", "").replace("#fff;", "#ffffff;");
    let all: Vec<_> = colour
        .captures_iter(text("/_fleetsim/console/console.css"))
        .map(|found| found[1].to_string())
        .collect();
    assert!(all.len() > 40);
    let foreign: Vec<_> =
        all.iter().filter(|one| !own.contains(&one.as_str()) && !reports.contains(*one)).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}

#[test]
fn files_are_short() {
    for (path, ..) in ASSETS {
        assert!(text(path).lines().count() <= 400, "{path}");
    }
}
