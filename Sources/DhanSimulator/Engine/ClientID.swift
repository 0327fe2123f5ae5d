import Trading

/// A client of the broker, by the id that it logs in with.
package struct ClientID: Identifier {
    package let text: String
    package init(_ text: String) { self.text = text }
}
