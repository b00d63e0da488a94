use serde_json::{Value, json};

/// How a page is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// In CSS pixels, of which each is one pixel of a picture.
    pub width: u32,
    /// In CSS pixels.
    pub height: u32,
    /// What the person prefers.
    pub theme: Theme,
    /// Whether pages may run scripts.
    pub scripts: bool,
    /// As it comes out of a printer, in place of a screen.
    pub printed: bool,
}

/// The colours that a person prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl View {
    /// A window of this width on a screen, 900 pixels high, with scripts.
    #[must_use]
    pub const fn new(width: u32, theme: Theme) -> Self {
        Self { width, height: 900, theme, scripts: true, printed: false }
    }

    /// The commands of the DevTools protocol that bring it about. A window would have a least width,
    /// which is more than a telephone's.
    pub(super) fn commands(self) -> [(&'static str, Value); 3] {
        let Self { width, height, theme, scripts, printed } = self;
        let media = if printed { "print" } else { "screen" };
        let theme = match theme {
            Theme::Light => "light",
            Theme::Dark => "dark",
        };
        [
            (
                "Emulation.setDeviceMetricsOverride",
                json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
            ),
            (
                "Emulation.setEmulatedMedia",
                json!({ "media": media, "features": [{ "name": "prefers-color-scheme", "value": theme }] }),
            ),
            ("Emulation.setScriptExecutionDisabled", json!({ "value": !scripts })),
        ]
    }
}
