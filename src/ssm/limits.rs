//! stub
/// stub
pub fn parse_max_concurrency(t: &str) -> Result<crate::base::Rate, String> {
    p(t)
}
/// stub
pub fn parse_max_errors(t: &str) -> Result<crate::base::Rate, String> {
    p(t)
}
fn p(t: &str) -> Result<crate::base::Rate, String> {
    Ok(match t.strip_suffix('%') {
        Some(x) => crate::base::Rate::Percent(x.parse().map_err(|_| "bad")?),
        None => crate::base::Rate::Count(t.parse().map_err(|_| "bad")?),
    })
}
