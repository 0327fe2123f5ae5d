package import Trading

/// Reads minute bars of an index and says where it goes.
///
/// A strategy keeps nothing itself. Its state is the flat text that stands in the index's hash,
/// read and written once a minute, so that a restart and a take-over continue exactly.
package protocol Strategy: Sendable {
    var profile: StrategyProfile { get }
    /// Takes one closed minute bar in.
    func take(_ bar: Bar, state: inout Fields) -> Opinion
    /// Whether the state is one of these settings, and has an opinion.
    func isWarm(_ state: Fields) -> Bool
    /// So many minutes of bars warm an empty state.
    var minutesToWarm: Int { get }
}

package struct Opinion: Sendable, Hashable {
    /// Nil where the strategy sees no trade; a direction that it held before is then broken.
    package var direction: Direction?
    /// The indicator values behind it, as `name=value`.
    package var evidence: String
    /// What a person should know, as a state that could not be read.
    package var note: String?

    package init(_ direction: Direction?, evidence: String = "", note: String? = nil) {
        self.direction = direction
        self.evidence = evidence
        self.note = note
    }
}
