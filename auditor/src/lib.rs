//! Reads workspaces and finds every override; runs nothing.
