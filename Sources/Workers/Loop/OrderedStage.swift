package import MessageBus
package import Trading

/// A stage with one holder: it reads whole streams from its cursor, in order, and keeps its state
/// in memory. What it writes stands or falls with its fence.
package protocol OrderedStage: AnyObject {
    var name: String { get }
    var number: Int { get }
    /// The slot of what it writes, and of its fence.
    var slot: Slot { get }
    /// In the order in which one turn's entries are decided on.
    var streams: [Key] { get }
    /// Due times that it looks at when it has read nothing, or a clock mark.
    var dueSets: [DueSet] { get }

    /// Loads the state as of the fence's cursors.
    func load(_ session: any BusSession) throws(BusError)
    /// Decides on what was read; the changes are committed together with the cursors.
    func decide(
        _ deliveries: [Delivery], due: [[DueTime]], _ session: any BusSession
    ) throws(BusError) -> OrderedDecision
    /// Nothing was read and nothing is due: what the passing of time alone asks for.
    func idle(_ session: any BusSession) throws(BusError) -> OrderedDecision
    /// One change of the last decision was not applied: what it is about must be loaded anew.
    func refused(_ change: Int, _ session: any BusSession) throws(BusError)
}

extension OrderedStage {
    package var dueSets: [DueSet] { [] }
    package func idle(_ session: any BusSession) throws(BusError) -> OrderedDecision {
        OrderedDecision()
    }
}

package struct OrderedDecision {
    package var changes: [Change]
    package var alarms: [Alarm]

    package init(changes: [Change] = [], alarms: [Alarm] = []) {
        self.changes = changes
        self.alarms = alarms
    }
}
