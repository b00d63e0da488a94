use std::collections::HashMap;

use askama::Template;

use super::super::outside as filters;

/// Ways that begin at one thing and end in many, from the left to the right. What several ways have in
/// common is drawn once.
#[derive(Debug, Template)]
#[template(path = "graph.svg", escape = "html")]
pub(in super::super) struct Graph {
    title: String,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    width: usize,
    height: usize,
}

/// A way, and whose it is.
#[derive(Debug)]
pub(in super::super) struct Leaf {
    /// From the beginning on; the first is the same for all.
    pub(in super::super) way: Vec<String>,
}

#[derive(Debug)]
struct Node {
    label: String,
    whole: String,
    x: usize,
    y: usize,
    class: &'static str,
}

#[derive(Debug)]
struct Edge {
    from: (usize, usize),
    to: (usize, usize),
}

/// The sizes of a place, in the picture's units.
const COLUMN: usize = 210;
const ROW: usize = 34;
const BOX: usize = 176;

impl Graph {
    pub(in super::super) fn new(title: String, leaves: &[Leaf]) -> Self {
        let mut graph = Self { title, nodes: Vec::new(), edges: Vec::new(), width: 0, height: 0 };
        // What was drawn, by the way that led there; and the rows taken in each column.
        let mut drawn: HashMap<&[String], (usize, usize)> = HashMap::new();
        let mut taken: Vec<usize> = Vec::new();
        for leaf in leaves {
            let mut before = None;
            for column in 0..leaf.way.len() {
                let Some(way) = leaf.way.get(..=column) else { break };
                let at = match drawn.get(way) {
                    Some(at) => *at,
                    None => {
                        if taken.len() <= column {
                            taken.resize(column + 1, 0);
                        }
                        // Never above what the way comes from: edges do not cross then.
                        let row = taken.get(column).copied().unwrap_or(0);
                        let row = before.map_or(row, |(_, y): (usize, usize)| row.max(y / ROW));
                        if let Some(next) = taken.get_mut(column) {
                            *next = row + 1;
                        }
                        let at = (column * COLUMN, row * ROW);
                        graph.put(way, at, column + 1 == leaf.way.len());
                        drawn.insert(way, at);
                        if let Some(from) = before {
                            graph.edges.push(Edge::between(from, at));
                        }
                        at
                    }
                };
                before = Some(at);
            }
        }
        graph
    }

    fn put(&mut self, way: &[String], (x, y): (usize, usize), is_end: bool) {
        let Some(text) = way.last() else { return };
        let class = match (way.len(), is_end) {
            (1, _) => "node sought",
            (_, true) => "node end",
            _ => "node",
        };
        self.nodes.push(Node { label: super::fitting(text, 22), whole: text.clone(), x, y, class });
        self.width = self.width.max(x + BOX + 2);
        self.height = self.height.max(y + ROW);
    }
}

impl Edge {
    /// From the right side of one to the left side of the other.
    const fn between(from: (usize, usize), to: (usize, usize)) -> Self {
        Self { from: (from.0 + BOX, from.1 + 14), to: (to.0, to.1 + 14) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_input_45_what_ways_share_is_drawn_once_and_names_are_text() {
        let way = |texts: &[&str]| Leaf { way: texts.iter().map(|it| (*it).to_owned()).collect() };
        let graph = Graph::new(
            "Who reaches <it>".to_owned(),
            &[way(&["shared", "money", "checkoutd"]), way(&["shared", "money", "</svg><script>"])],
        );
        assert_eq!((graph.nodes.len(), graph.edges.len()), (4, 3));
        let svg = graph.render().unwrap();
        assert!(!svg.contains("<script") && !svg.contains("style="), "{svg}");
        assert_eq!(svg.matches("</svg>").count(), 1, "{svg}");
        assert!(svg.contains("<title>Who reaches &#60;it&#62;</title>"), "{svg}");
    }
}
