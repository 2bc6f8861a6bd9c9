//! The console of `fleetsim serve`, in a real Chromium without a window. `FLEETSIM_SERVER` names another program that is
//! called as `fleetsim` would be.

use std::{
    env, fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{asked_for, devtools::Browser};

/// A server that plays a scenario.
struct Server {
    child: Child,
    port: u16,
    scenario: PathBuf,
    _place: TempDir,
}

impl Server {
    fn new(scenario: &Value) -> Self {
        let place = TempDir::new().unwrap();
        let path = place.path().join("scenario.json");
        fs::write(&path, scenario.to_string()).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { child: Self::start(&path, port), port, scenario: path, _place: place }
    }

    fn start(scenario: &Path, port: u16) -> Child {
        let program = env::var("FLEETSIM_SERVER").unwrap_or_else(|_| env!("CARGO_BIN_EXE_fleetsim").into());
        let mut command = Command::new(program);
        command.arg("serve").arg(scenario).args(["--listen", &format!("127.0.0.1:{port}"), "--speed", "10"]);
        let child = command.stdout(Stdio::null()).spawn().unwrap();
        let end = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < end, "nobody listens");
            thread::sleep(Duration::from_millis(50));
        }
        child
    }

    fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn start_again(&mut self) {
        self.child = Self::start(&self.scenario, self.port);
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// A browser on the console, when it is live.
    fn look(&self, width: u32) -> Browser {
        let mut browser = Browser::new(width, 1200);
        browser.open(&self.url());
        browser.wait("document.getElementById('link')?.textContent === 'Live.'");
        browser.wait("document.getElementById('groups').length > 0");
        browser
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A fleet of web servers, most of which are well. The command in the scenario is for one instance beside them.
fn scenario(count: u32, name: &str, tags: &Value) -> Value {
    json!({
        "version": 1, "name": name, "description": "A fleet for the console.",
        "group": [
            { "name": "web", "count": count, "tags": tags, "execution": { "lognormal": { "median": "20s", "p99": "60s" } },
              "delivery": "1s", "outcomes": [{ "chance": 0.02, "exit_code": 1 }] },
            { "name": "lone", "count": 1, "tags": { "Role": "lone" }, "execution": "5s", "delivery": "1s" },
        ],
        "command": [{ "request": {
            "DocumentName": "AWS-RunShellScript",
            "Targets": [{ "Key": "tag:Role", "Values": ["lone"] }],
            "Parameters": { "commands": ["true"] },
        } }],
    })
}

/// Fills a field of the form as with a keyboard.
fn fill(browser: &mut Browser, name: &str, text: &str) {
    browser.value(&format!("(field => {{ field.focus(); field.select(); }})(send.elements[{name:?}])"));
    browser.write(text);
}

fn send(browser: &mut Browser, concurrency: &str, errors: &str) -> String {
    fill(browser, "tags", "Role=web");
    fill(browser, "concurrency", concurrency);
    fill(browser, "errors", errors);
    browser.tab_to("#send [type=submit]");
    browser.press("Enter");
    browser
        .wait("document.getElementById('sent').textContent || !document.getElementById('send-fault').hidden");
    browser.value("document.getElementById('sent').textContent.split(' ')[1] ?? ''").as_str().unwrap().into()
}

/// The row of a command, as the page's language says it.
fn row(id: &str) -> String {
    let short = &id[..8];
    format!("[...document.querySelectorAll('#commands li')].find(item => item.innerText.includes({short:?}))")
}

#[track_caller]
fn assert_quiet(browser: &Browser, server: &Server) {
    assert!(browser.said.is_empty(), "{:#?}", browser.said);
    let own = |url: &&String| !url.starts_with(&server.url()) && !url.starts_with("data:");
    let foreign: Vec<_> = browser.requests.iter().filter(own).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}

#[test]
fn a_rollout_is_sent_followed_and_cancelled_with_the_keyboard_alone() {
    if !asked_for() {
        return;
    }
    let server = Server::new(&scenario(1000, "rollout", &json!({ "Role": "web" })));
    let mut browser = server.look(1280);
    browser.tab_to("[data-speed='60']");
    browser.press("Enter");
    browser.wait("document.querySelector(\"[data-speed='60']\").getAttribute('aria-pressed') === 'true'");

    let id = send(&mut browser, "100", "100%");
    assert_eq!(id.len(), 36);
    // Some fail, no more than tolerated: Incomplete, which is Failed (O-4, O-9).
    browser.wait(&format!("{}?.innerText.includes('Incomplete')", row(&id)));
    // Every target has ended, and the colours of what came of it are on the canvas.
    let seen = browser.value(
        "(() => { const counts = [...legend.querySelectorAll('li:not([hidden]) .number')].map(one => +one.textContent.replace(',', ''));
           const { data } = grid.getContext('2d').getImageData(0, 0, grid.width, grid.height);
           const colours = new Set();
           for (let at = 0; at < data.length; at += 4) colours.add(data.slice(at, at + 3).join());
           return { all: counts.reduce((a, b) => a + b), green: colours.has('0,158,115'), red: colours.has('213,94,0'),
             line: document.querySelector('.line-flight').getAttribute('d').length, caption: document.getElementById('chart-caption').textContent }; })()",
    );
    assert_eq!(
        (&seen["all"], &seen["green"], &seen["red"]),
        (&json!(1001), &json!(true), &json!(true)),
        "{seen}"
    );
    assert!(
        seen["line"].as_u64() > Some(40)
            && seen["caption"].as_str().unwrap().contains("of MaxConcurrency 100"),
        "{seen}"
    );

    let id = send(&mut browser, "1", "0");
    browser.wait(&row(&id));
    browser.tab_to(&format!("[aria-label='Cancel command {}']", &id[..8]));
    browser.press("Enter");
    browser.wait(&format!("{}.innerText.includes('Cancelled')", row(&id)));
    assert_quiet(&browser, &server);
}

#[test]
fn time_is_paused_and_goes_on_to_the_next_change() {
    if !asked_for() {
        return;
    }
    let server = Server::new(&scenario(50, "clock", &json!({ "Role": "web" })));
    let mut browser = server.look(1280);
    browser.tab_to("#pause");
    browser.press(" ");
    browser.wait("pause.textContent === 'Resume'");
    let id = send(&mut browser, "10", "0");
    browser.wait(&row(&id));
    let seconds = "fetch('/_fleetsim/state').then(answer => answer.json()).then(state => state.seconds)";
    let before = browser.value(seconds).as_f64().unwrap();
    thread::sleep(Duration::from_millis(300));
    assert!(browser.value(seconds).as_f64().unwrap() - before < 0.1);
    browser.tab_to("#next");
    browser.press("Enter");
    browser.wait(&format!("{seconds}.then(now => now > {before})"));
    assert_quiet(&browser, &server);
}

#[test]
fn the_grid_tells_of_the_instance_under_the_cursor_and_refusals_are_words() {
    if !asked_for() {
        return;
    }
    let server = Server::new(&scenario(200, "cursor", &json!({ "Role": "web" })));
    let mut browser = server.look(1280);
    browser.tab_to("#grid");
    for key in ["Home", "ArrowRight", "ArrowRight", "+", "+"] {
        browser.press(key);
    }
    let third = browser.value("fetch('/_fleetsim/instance?index=2').then(answer => answer.json())");
    browser.wait(&format!("instance.innerText.includes({})", third["id"]));
    assert!(browser.value("instance.innerText").as_str().unwrap().contains("Role=web"));

    assert_eq!(send(&mut browser, "50", "many"), "");
    let fault = browser.value("document.getElementById('send-fault').textContent");
    assert!(fault.as_str().unwrap().to_lowercase().contains("maxerrors"), "{fault}");
    fill(&mut browser, "tags", "no tag at all");
    browser.tab_to("#send [type=submit]");
    browser.press("Enter");
    browser.wait("document.getElementById('send-fault').textContent.includes('no tag at all')");
}

#[test]
fn every_control_is_reached_by_tab_has_a_name_and_shows_the_focus() {
    if !asked_for() {
        return;
    }
    let server = Server::new(&scenario(50, "focus", &json!({ "Role": "web" })));
    let mut browser = server.look(1280);
    let all =
        "[...document.querySelectorAll('a,button,input,select,textarea,summary,canvas,[tabindex=\"0\"]')]
        .filter(one => one.checkVisibility() && !one.disabled && one.type !== 'radio')";
    let count = browser.value(&format!("(window.all = {all}, all.length)")).as_u64().unwrap();
    assert!(count > 20, "{count}");
    browser.value("window.reached = new Set(), window.dim = []");
    for _ in 0..count + 10 {
        browser.press("Tab");
        browser.value(
            "(one => { reached.add(one); if (one !== document.body && getComputedStyle(one).outlineStyle === 'none') dim.push(one.outerHTML); })(document.activeElement)",
        );
    }
    let missed =
        browser.value("all.filter(one => one.isConnected && !reached.has(one)).map(one => one.outerHTML)");
    assert_eq!((missed, browser.value("dim")), (json!([]), json!([])));
    // The browser's own view of names is what a screen reader gets.
    let tree = browser.call("Accessibility.getFullAXTree", &json!({}));
    let nameless: Vec<_> =
        tree["nodes"].as_array().unwrap().iter().filter(|node| is_nameless(node)).collect();
    assert!(nameless.is_empty(), "{nameless:#?}");
}

/// Whether somebody can act on this part of the page and nobody says what it is.
fn is_nameless(node: &Value) -> bool {
    let acts = ["button", "textbox", "combobox", "radio", "link", "application", "progressbar", "image"];
    let role = node["role"]["value"].as_str().unwrap_or_default();
    node["ignored"] == false
        && acts.contains(&role)
        && node["name"]["value"].as_str().unwrap_or_default().is_empty()
}

/// What notifies: a topic, and a queue that gets what is published to it. The answer is the topic's ARN.
const SUBSCRIBE: &str = "(async () => {
    const sns = async (form) => (await fetch('/', { method: 'POST', body: new URLSearchParams({ Version: '2010-03-31', ...form }) })).text();
    const topic = (await sns({ Action: 'CreateTopic', Name: 'deploys' })).match(/arn:aws:sns:[^<]+/)[0];
    const queue = topic.replace(':sns:', ':sqs:').replace('deploys', 'inbox');
    const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: queue }] };
    await fetch('/', { method: 'POST', headers: { 'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': 'AmazonSQS.CreateQueue' },
        body: JSON.stringify({ QueueName: 'inbox', Attributes: { Policy: JSON.stringify(policy) } }) });
    await sns({ Action: 'Subscribe', TopicArn: topic, Protocol: 'sqs', Endpoint: queue });
    return topic;
})()";

#[test]
fn notifications_are_seen_as_sent_and_as_arrived() {
    if !asked_for() {
        return;
    }
    let server = Server::new(&scenario(400, "notices", &json!({ "Role": "web" })));
    let mut browser = server.look(1280);
    let topic = browser.value(SUBSCRIBE);
    browser.value("document.querySelector('#send summary').click()");
    fill(&mut browser, "topic", topic.as_str().unwrap());
    fill(&mut browser, "role", "arn:aws:iam::123456789012:role/notify");
    browser.value("send.elements.kind.value = 'Invocation'");
    let id = send(&mut browser, "200", "100%");
    // Some fail, no more than tolerated: Incomplete, which is Failed (O-4, O-9).
    browser.wait(&format!("{}?.innerText.includes('Incomplete')", row(&id)));
    // InProgress and an end for each; the lists keep the newest alone.
    browser.wait("parseInt(document.getElementById('notice-counts').textContent) >= 800");
    browser.wait("document.querySelectorAll('#notices-sent > li').length === 200");
    browser.wait("document.querySelectorAll('#notices-arrived > li').length === 200");
    browser.wait("document.getElementById('notices-arrived').textContent.includes('Success')");
    assert_quiet(&browser, &server);
}

/// Nothing that tags, names and comments say is run or asked for. Somebody listens at the address that they lead to.
#[test]
fn hostile_text_stays_text() {
    if !asked_for() {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let hostile = format!("\"><img src={address}/x onerror=alert(1)><script>alert(2)</script>");
    let turned = "a\u{202e}b\u{2066}c";
    let name = format!("</title><script>alert(3)</script>{}", "x".repeat(10_000));
    let tags = json!({ "Role": "web", "Note": hostile, "Turned": turned });
    let server = Server::new(&scenario(20, &name, &tags));
    let mut browser = server.look(390);
    let comment = "<b onclick=alert(4)>\u{202e}<script>alert(5)";
    fill(&mut browser, "comment", comment);
    let id = send(&mut browser, "50", "0");
    browser.wait(&row(&id));
    browser.tab_to("#grid");
    browser.press("Home");
    browser.wait("instance.innerText.includes('Note=')");
    let text = browser.value("instance.textContent");
    let text = text.as_str().unwrap();
    assert!(text.contains(&hostile) && text.contains("a\\u{202e}b\\u{2066}c"), "{text}");
    let shown = browser.value(&format!("{}.textContent", row(&id)));
    assert!(shown.as_str().unwrap().contains("<b onclick=alert(4)>\\u{202e}<script>"), "{shown}");
    let page = browser.value(
        "({ scripts: document.scripts.length, strange: document.querySelectorAll('img,iframe,object,b,[onclick],[onerror]').length,
            wide: document.documentElement.scrollWidth > document.documentElement.clientWidth, title: document.title.length < 400 })",
    );
    assert_eq!(page, json!({ "scripts": 1, "strange": 0, "wide": false, "title": true }));
    assert_quiet(&browser, &server);
    assert!(listener.accept().is_err(), "somebody called");
    // The policy holds on its own: a text that some mistake made markup of would not run either.
    let made = browser
        .value("(() => { try { document.body.innerHTML = '<p>'; return true; } catch { return false; } })()");
    assert_eq!(made, json!(false));
}

#[test]
fn a_server_that_went_away_is_told_of_and_found_again() {
    if !asked_for() {
        return;
    }
    let mut server = Server::new(&scenario(50, "away", &json!({ "Role": "web" })));
    let mut browser = server.look(1280);
    let id = send(&mut browser, "10", "0");
    browser.wait(&row(&id));
    server.stop();
    browser.wait("link.textContent.includes('does not answer')");
    browser.value("document.getElementById('next').click()");
    browser.wait("document.getElementById('fault').textContent.includes('does not answer')");
    server.start_again();
    browser.wait("link.textContent === 'Live.'");
    // It kept nothing, and so does the page.
    browser.wait(&format!("!{}", row(&id)));
    let id = send(&mut browser, "10", "0");
    browser.wait(&row(&id));
}

#[test]
fn a_hundred_thousand_instances_stay_smooth_in_a_bounded_page() {
    if !asked_for() {
        return;
    }
    let server = Server::new(&scenario(100_000, "large", &json!({ "Role": "web" })));
    let mut browser = server.look(1280);
    browser.value(
        "window.drawn = [], new MutationObserver(() => drawn.push(+grid.dataset.milliseconds)).observe(grid, { attributeFilter: ['data-milliseconds'] })",
    );
    send(&mut browser, "20%", "100%");
    let nodes = "document.querySelectorAll('*').length";
    browser.wait("drawn.length > 10");
    let early = browser.value(nodes).as_u64().unwrap();
    browser.wait("drawn.length > 40");
    let late = browser.value(nodes).as_u64().unwrap();
    // 16 ms are a frame; the machine of a gate is shared.
    let median = browser.value("drawn.sort((a, b) => a - b)[drawn.length >> 1]").as_f64().unwrap();
    assert!(median < 16.0, "{median} ms");
    assert!(late < early + 100 && late < 6000, "{early} elements, then {late}");
}

#[test]
fn the_page_is_whole_on_a_phone_in_light_and_dark() {
    if !asked_for() {
        return;
    }
    let server = Server::new(&scenario(300, "phone", &json!({ "Role": "web" })));
    let mut browser = server.look(390);
    let id = send(&mut browser, "50", "0");
    browser.wait(&row(&id));
    for (scheme, paper) in [("light", "rgb(255, 255, 255)"), ("dark", "rgb(26, 31, 37)")] {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        browser.call("Emulation.setEmulatedMedia", &features);
        browser.wait(&format!(
            "getComputedStyle(document.querySelector('.panel')).backgroundColor === {paper:?}"
        ));
        // The canvas takes the colours of the sheet: between the cells is paper.
        browser.wait(&format!(
            "'rgb(' + [...grid.getContext('2d').getImageData(grid.width - 1, grid.height - 1, 1, 1).data.slice(0, 3)].join(', ') + ')' === {paper:?}"
        ));
        assert_eq!(
            browser.value("document.documentElement.scrollWidth > document.documentElement.clientWidth"),
            false
        );
    }
}
