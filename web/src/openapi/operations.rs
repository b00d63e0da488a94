use depaudit_portfolio::question::{
    Across, Blast, Coverage, Drift, MissedPatches, OneVersionViolation, SplitIdentity,
    StandingOverride, TeamStanding, TrendPoint, WhatIf,
};
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Required, ResponseBuilder, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::bodies::{
    Dismiss, Draft, End, Exchanged, Identity, Receipt, SentReport, Waiting, Waiver, Why,
};

/// What the security scheme is called.
pub(super) const TOKEN: &str = "token";
const JSON: &str = "application/json";

/// One route, described.
pub(super) struct Described {
    pub(super) path: &'static str,
    pub(super) method: HttpMethod,
    pub(super) operation: Operation,
    /// The types that it names.
    pub(super) schemas: Vec<(String, RefOr<Schema>)>,
}

/// A description on its way.
struct Route {
    path: &'static str,
    method: HttpMethod,
    operation: OperationBuilder,
    schemas: Vec<(String, RefOr<Schema>)>,
}

/// Every route of the API.
pub(super) fn all() -> Vec<Described> {
    let routes = [portfolio(), reports(), waivers(), others()].into_iter().flatten();
    routes.map(Route::done).collect()
}

fn portfolio() -> Vec<Route> {
    let admin = "With a token of scope admin, where tokens are asked for. ";
    let route = |path, says: &str| Route::get(path, &format!("{admin}{says}"));
    vec![
        route("/api/v1/portfolio/across", "How many names and versions teams share and differ in.")
            .answers::<Across>(),
        route("/api/v1/portfolio/split", "Names and versions that are not the same bytes for all.")
            .lists::<SplitIdentity>(),
        route("/api/v1/portfolio/drift", "Crates on which teams differ, the worst first.")
            .answers::<Drift>(),
        route("/api/v1/portfolio/one-version", "Crates that the policy wants at one version.")
            .lists::<OneVersionViolation>(),
        route("/api/v1/portfolio/missed-patches", "Who misses a patch release that is out.")
            .answers::<MissedPatches>(),
        route("/api/v1/portfolio/overrides", "Overrides that stand, the worst first.")
            .lists::<StandingOverride>(),
        route("/api/v1/portfolio/blast", "Whom a package hits.")
            .asks("of", "NAME, NAME@VERSION or the SHA-256 of a crate", Required::True)
            .answers::<Blast>(),
        route("/api/v1/portfolio/what-if", "What follows from one of three suppositions.")
            .asks("yanked", "NAME@VERSION is withdrawn by its author", Required::False)
            .asks("dropped", "the overrides of NAME go", Required::False)
            .asks("at", "of these the one at TEAM REPOSITORY FILE:LINE alone", Required::False)
            .asks("leaves", "the owner of forks or of declared overrides is gone", Required::False)
            .answers::<WhatIf>(),
        route("/api/v1/portfolio/trend", "How it stood on each of the last days.")
            .asks_number("days", "how many days: 30 where nobody says, 400 at most")
            .asks("team", "one team's own trend", Required::False)
            .lists::<TrendPoint>(),
        route("/api/v1/portfolio/teams", "How each team stands that reports.")
            .lists::<TeamStanding>(),
        route("/api/v1/portfolio/coverage", "Which teams are seen, and which go past the proxy.")
            .answers::<Coverage>(),
    ]
}

fn reports() -> Vec<Route> {
    let says = "Takes a scan's report: JSON, or gzip of it. With the team's token of scope report, where \
                tokens are asked for. The same report twice is kept once.";
    let route = Route::post("/api/v1/t/{team}/reports", says).takes::<SentReport>();
    vec![route.answers::<Receipt>().answers_as::<Receipt>("201", "It is new.")]
}

fn waivers() -> Vec<Route> {
    let admin = "With the team's token of scope admin. ";
    let get = |path, says: &str| Route::get(path, &format!("{admin}{says}"));
    let post = |path, says: &str| Route::post(path, &format!("{admin}{says}"));
    vec![
        get("/api/v1/t/{team}/waivers", "The team's waivers, and those for all.").lists::<Waiver>(),
        post("/api/v1/t/{team}/waivers", "Asks for a waiver.")
            .takes::<Draft>()
            .answers_as::<Waiver>("201", "It was made; where two persons are needed, it waits."),
        post("/api/v1/t/{team}/waivers/{id}/grant", "Grants one that somebody else asked for.")
            .answers::<Waiver>(),
        post("/api/v1/t/{team}/waivers/{id}/end", "Ends one before its day.")
            .takes::<End>()
            .answers::<Waiver>(),
        get("/api/v1/t/{team}/review", "What was denied and asked for.").lists::<Waiting>(),
        post("/api/v1/t/{team}/review/dismiss", "Takes a release out of that queue.")
            .takes::<Dismiss>()
            .answers_nothing(),
    ]
}

fn others() -> Vec<Route> {
    let exchange =
        "Gives a CI job a token for its identity token, once. It may also come as a form.";
    let why = "Which rules look at a crate, and what they see. With the team's token, where tokens are \
               asked for; as a page for browsers.";
    vec![
        Route::post("/api/v1/oidc/token", exchange).takes::<Identity>().answers::<Exchanged>(),
        Route::get("/t/{team}/{registry}/why/{crate}", why).answers::<Why>(),
        Route::get("/t/{team}/{registry}/why/{crate}/{version}", why).answers::<Why>(),
        Route::get("/api/v1/openapi.json", "This document.").answers_any(),
    ]
}

impl Route {
    fn new(method: HttpMethod, path: &'static str, says: &str) -> Self {
        let mut operation = OperationBuilder::new()
            .description(Some(says))
            .security(SecurityRequirement::new(TOKEN, Vec::<String>::new()));
        for part in path.split('/') {
            let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
            if let Some(name) = name {
                operation = operation.parameter(parameter(name, ParameterIn::Path, Required::True));
            }
        }
        Self { path, method, operation, schemas: Vec::new() }
    }

    fn get(path: &'static str, says: &str) -> Self {
        Self::new(HttpMethod::Get, path, says)
    }

    fn post(path: &'static str, says: &str) -> Self {
        Self::new(HttpMethod::Post, path, says)
    }

    fn asks(mut self, name: &str, says: &str, required: Required) -> Self {
        let asked = parameter(name, ParameterIn::Query, required).description(Some(says));
        self.operation = self.operation.parameter(asked);
        self
    }

    fn asks_number(mut self, name: &str, says: &str) -> Self {
        let number = ObjectBuilder::new().schema_type(SchemaType::new(Type::Integer));
        let asked = parameter(name, ParameterIn::Query, Required::False).schema(Some(number));
        self.operation = self.operation.parameter(asked.description(Some(says)));
        self
    }

    fn takes<T: ToSchema>(mut self) -> Self {
        let content = ContentBuilder::new().schema(Some(self.named::<T>())).build();
        let body = RequestBodyBuilder::new().content(JSON, content).build();
        self.operation = self.operation.request_body(Some(body));
        self
    }

    fn answers<T: ToSchema>(self) -> Self {
        self.answers_as::<T>("200", "The answer.")
    }

    fn answers_as<T: ToSchema>(mut self, status: &str, says: &str) -> Self {
        let schema = self.named::<T>();
        self.responds(status, says, Some(schema.into()))
    }

    fn lists<T: ToSchema>(mut self) -> Self {
        let list = ArrayBuilder::new().items(self.named::<T>()).build();
        self.responds("200", "The answer.", Some(Schema::Array(list).into()))
    }

    fn answers_any(self) -> Self {
        let any = ObjectBuilder::new().build();
        self.responds("200", "The answer.", Some(Schema::Object(any).into()))
    }

    fn answers_nothing(self) -> Self {
        self.responds("204", "Done.", None)
    }

    fn responds(mut self, status: &str, says: &str, schema: Option<RefOr<Schema>>) -> Self {
        let mut response = ResponseBuilder::new().description(says);
        if schema.is_some() {
            response = response.content(JSON, ContentBuilder::new().schema(schema).build());
        }
        self.operation = self.operation.response(status, response.build());
        self
    }

    /// A reference to a type, which is described once.
    fn named<T: ToSchema>(&mut self) -> Ref {
        let name = T::name().into_owned();
        let reference = Ref::from_schema_name(&name);
        self.schemas.push((name, <T as PartialSchema>::schema()));
        T::schemas(&mut self.schemas);
        reference
    }

    fn done(self) -> Described {
        let refused = "A refusal, in a sentence.";
        let operation =
            self.operation.response("default", ResponseBuilder::new().description(refused).build());
        Described {
            path: self.path,
            method: self.method,
            operation: operation.build(),
            schemas: self.schemas,
        }
    }
}

fn parameter(name: &str, place: ParameterIn, required: Required) -> ParameterBuilder {
    let text = ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    ParameterBuilder::new().name(name).parameter_in(place).required(required).schema(Some(text))
}
