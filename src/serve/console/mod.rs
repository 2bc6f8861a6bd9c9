//! The console: a page in the browser that shows the fleet live. It is served from the program itself, asks nobody else for
//! anything, and speaks the API and the routes below `/_fleetsim/` like any client.

/// The `Content-Security-Policy` of the page: nothing but our own files and routes; no inline script or style, no frame,
/// and no way to make markup of text.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Every file by its path: its content type and its bytes.
const ASSETS: [(&str, &str, &[u8]); 14] = [
    ("/", HTML, include_bytes!("index.html")),
    ("/_fleetsim/console/console.css", CSS, include_bytes!("console.css")),
    ("/_fleetsim/console/chart.js", SCRIPT, include_bytes!("chart.js")),
    ("/_fleetsim/console/clock.js", SCRIPT, include_bytes!("clock.js")),
    ("/_fleetsim/console/commands.js", SCRIPT, include_bytes!("commands.js")),
    ("/_fleetsim/console/console.js", SCRIPT, include_bytes!("console.js")),
    ("/_fleetsim/console/dom.js", SCRIPT, include_bytes!("dom.js")),
    ("/_fleetsim/console/fleet.js", SCRIPT, include_bytes!("fleet.js")),
    ("/_fleetsim/console/form.js", SCRIPT, include_bytes!("form.js")),
    ("/_fleetsim/console/grid.js", SCRIPT, include_bytes!("grid.js")),
    ("/_fleetsim/console/layout.js", SCRIPT, include_bytes!("layout.js")),
    ("/_fleetsim/console/link.js", SCRIPT, include_bytes!("link.js")),
    ("/_fleetsim/console/notices.js", SCRIPT, include_bytes!("notices.js")),
    ("/_fleetsim/console/statuses.js", SCRIPT, include_bytes!("statuses.js")),
];

/// The file at a path, without a query, as its content type and its bytes; `None` where the console has none.
pub fn asset(path: &str) -> Option<(&'static str, &'static [u8])> {
    ASSETS.iter().find(|(known, ..)| *known == path).map(|&(_, kind, bytes)| (kind, bytes))
}

#[cfg(test)]
mod tests;
