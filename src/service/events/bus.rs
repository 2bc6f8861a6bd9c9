//! Buses: the default one, and those that callers make.

use std::collections::BTreeMap;

use super::{Bus, EventBridge, invalid, limit_exceeded, no_bus, page};
use crate::{
    base::SimTime,
    service::{Moment, moment},
    wire::{
        events::{
            DEFAULT_BUS,
            bus::{
                CreateEventBusRequest, CreateEventBusResponse, DeleteEventBusRequest,
                DescribeEventBusRequest, EventBus, ListEventBusesRequest, ListEventBusesResponse,
            },
            bus_name,
        },
        fault::Fault,
        page::{Paged, cut},
    },
};

/// The most buses of an account (S10.63).
const MOST: usize = 100;

impl EventBridge {
    pub(super) fn new_bus(&self, name: &str, made: SimTime) -> Bus {
        let arn = self.arn(&format!("event-bus/{name}"));
        let about = EventBus { name: name.into(), arn, ..Default::default() };
        Bus { about, made, rules: BTreeMap::new() }
    }

    pub(super) fn create_bus(
        &mut self,
        request: &CreateEventBusRequest,
        moment: &Moment<'_>,
    ) -> Result<CreateEventBusResponse, Fault> {
        let name = &request.name;
        if let Some(source) = &request.event_source_name {
            let message = format!("Event source {source} does not exist.");
            return Err(Fault::new("ResourceNotFoundException", message));
        }
        if name.contains('/') {
            return Err(invalid("Event bus name must not contain '/'."));
        }
        if self.buses.contains_key(name) {
            let message = format!("Event bus {name} already exists.");
            return Err(Fault::new("ResourceAlreadyExistsException", message));
        }
        if self.buses.len() >= MOST {
            return Err(limit_exceeded());
        }
        let mut bus = self.new_bus(name, moment.now);
        bus.about.description.clone_from(&request.description);
        bus.about.kms_key_identifier.clone_from(&request.kms_key_identifier);
        bus.about.dead_letter_config.clone_from(&request.dead_letter_config);
        let about = bus.about.clone();
        self.buses.insert(name.clone(), bus);
        Ok(CreateEventBusResponse {
            event_bus_arn: about.arn,
            description: about.description,
            kms_key_identifier: about.kms_key_identifier,
            dead_letter_config: about.dead_letter_config,
        })
    }

    pub(super) fn describe_bus(
        &self,
        request: &DescribeEventBusRequest,
        moment: &Moment<'_>,
    ) -> Result<EventBus, Fault> {
        self.bus(request.name.as_deref()).map(|bus| bus.describe(moment))
    }

    pub(super) fn list_buses(
        &self,
        request: &ListEventBusesRequest,
        moment: &Moment<'_>,
    ) -> Result<ListEventBusesResponse, Fault> {
        let prefix = request.name_prefix.as_deref().unwrap_or_default();
        let buses = self.buses.values().filter(|bus| bus.about.name.starts_with(prefix));
        let key = |bus: &&Bus| bus.about.name.clone();
        let (part, next) = cut(buses, key, request.after()?.as_deref(), page(request.limit));
        let listed = |bus: &Bus| EventBus {
            kms_key_identifier: None,
            dead_letter_config: None,
            ..bus.describe(moment)
        };
        Ok(ListEventBusesResponse {
            event_buses: part.into_iter().map(listed).collect(),
            next_token: next.map(|key| request.token(&key)),
        })
    }

    pub(super) fn delete_bus(&mut self, request: &DeleteEventBusRequest) -> Result<(), Fault> {
        let name = bus_name(Some(&request.name));
        if name == DEFAULT_BUS {
            return Err(invalid("Cannot delete event bus default."));
        }
        let bus = self.buses.get(name).ok_or_else(|| no_bus(name))?;
        if !bus.rules.is_empty() {
            return Err(invalid(format!("Cannot delete event bus {name} since it has rules.")));
        }
        self.buses.remove(name);
        Ok(())
    }
}

impl Bus {
    fn describe(&self, moment: &Moment<'_>) -> EventBus {
        let time = moment::epoch(moment.start, self.made);
        EventBus { creation_time: Some(time), last_modified_time: Some(time), ..self.about.clone() }
    }
}
