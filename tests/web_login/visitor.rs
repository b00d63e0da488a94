//! Somebody in front of a browser that keeps cookies.

use std::collections::BTreeMap;

use reqwest::RequestBuilder;

use crate::client;
use crate::server::Server;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[derive(Debug, Default, Clone)]
pub(crate) struct Visitor {
    address: String,
    pub(crate) cookies: BTreeMap<String, String>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn cookies(&self) -> Vec<&str> {
        let all = self.headers.get_all("set-cookie").iter();
        all.map(|value| value.to_str().unwrap()).collect()
    }

    pub(crate) fn headers(&self) -> String {
        format!("{:?}", self.headers)
    }

    /// What the page's forms hold.
    pub(crate) fn form_secret(&self) -> String {
        let (_, rest) = self.text.split_once("name=\"form-secret\" value=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    }
}

impl Visitor {
    pub(crate) fn new(server: &Server) -> Self {
        Self { address: server.address.clone(), ..Self::default() }
    }

    pub(crate) fn asks(&self, path: &str) -> RequestBuilder {
        self.dressed(client::get(format!("{}{path}", self.address)))
    }

    /// A form, as this site's pages send it.
    pub(crate) fn posts(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        self.sends(path, "application/x-www-form-urlencoded", body.finish())
    }

    pub(crate) fn sends(&self, path: &str, kind: &str, body: String) -> RequestBuilder {
        let request = client::new().post(format!("{}{path}", self.address));
        self.dressed(request.header("content-type", kind)).body(body)
    }

    fn dressed(&self, request: RequestBuilder) -> RequestBuilder {
        let pairs: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header("accept", BROWSER);
        if pairs.is_empty() { request } else { request.header("cookie", pairs.join("; ")) }
    }

    /// Sends it, and keeps the cookies of the answer.
    pub(crate) async fn send(&mut self, request: RequestBuilder) -> Answer {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let answer = Answer { status, headers, text: answer.text().await.unwrap() };
        for cookie in answer.cookies() {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0;") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(self.asks(path)).await
    }

    pub(crate) async fn log_in(&mut self, token: &str, next: Option<&str>) -> Answer {
        let secret = self.get("/login").await.form_secret();
        let mut fields = vec![("form-secret", secret.as_str()), ("token", token)];
        fields.extend(next.map(|next| ("next", next)));
        self.send(self.posts("/login", &fields).header("origin", &self.address)).await
    }

    pub(crate) async fn log_out(&mut self) -> Answer {
        let secret = self.get("/").await.form_secret();
        self.send(self.posts("/logout", &[("form-secret", &secret)])).await
    }
}
