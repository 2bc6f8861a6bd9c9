//! A fleet's instances are found by index and by id, however many groups there are (S3.14).

mod common;

use common::{command, group, plan, with};
use fleetsim::scenario::Roster;

#[test]
fn every_instance_is_found_by_its_id_and_by_its_index() {
    let named = |prefix: &str, count| with(group("web", count), |members| members.id_prefix = prefix.into());
    let groups = vec![
        named("i-web", 3),
        named("i-web7", 2),
        named("mi-", 4),
        named("i-aaaaaaaaaaaaaaaa", 10),
        named("i-a1b2c3d4e5f6", 100),
    ];
    let plan = plan(groups.clone(), command(&["web"], "1", "0"));
    let roster = Roster::new(&plan);
    let mut index = 0;
    for (at, group) in groups.iter().enumerate() {
        for place in 0..group.count() {
            let id = roster.id(index);
            assert_eq!(id, group.instance_id(place));
            let (kind, rest) = id.split_once('-').unwrap();
            assert!(["i", "mi"].contains(&kind) && rest.len() == 17, "{id}");
            assert_eq!(roster.find(&id), Some(index));
            assert_eq!(roster.locate(index), Some((at, place)));
            index += 1;
        }
    }
    assert_eq!(roster.locate(index), None);
    for stranger in
        ["i-web00000000000003", "i-web0000000000001", "i-", "", "web", "i-wéb00000000000001", "mi-1"]
    {
        assert_eq!(roster.find(stranger), None, "{stranger}");
    }
}
