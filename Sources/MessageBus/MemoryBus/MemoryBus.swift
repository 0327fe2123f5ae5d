import Synchronization
package import Trading

/// The bus in one process: the behaviour of ``RedisBus`` with a clock that is set by hand and
/// without waits, for simulations and backtests. A turn that finds nothing returns at once.
package final class MemoryBus: Bus {
    /// What a simulation does to a call.
    package enum Fault: Sendable {
        /// It never reached the bus.
        case unreachable
        /// It was carried out, and its answer was lost.
        case answerLost
    }

    private let store: Mutex<MemoryStore>
    private let fault: @Sendable (_ session: String) -> Fault?

    /// - Parameter fault: asked before each call, with the session's name.
    package init(
        wall: EventTime = EventTime(milliseconds: 0),
        fault: @escaping @Sendable (_ session: String) -> Fault? = { _ in nil }
    ) {
        store = Mutex(MemoryStore(wall: wall.milliseconds))
        self.fault = fault
    }

    package func session(_ name: String) -> any BusSession { MemorySession(self, name) }

    /// The wall's clock, from which ids, lives and epochs are taken; it never runs by itself. To
    /// set it is a jump, which the steady clock does not see.
    package var wall: EventTime {
        get { store.withLock { EventTime(milliseconds: $0.wall) } }
        set { store.withLock { $0.wall = newValue.milliseconds } }
    }

    var steady: EventTime { store.withLock { EventTime(milliseconds: $0.steady) } }

    /// Another run is a server that was restarted, on whatever it has kept.
    package var serverRun: RunID {
        get { store.withLock { $0.serverRun } }
        set { store.withLock { $0.serverRun = newValue } }
    }

    /// Writes the log to the disk: what comes after it may be lost.
    package func sync() { store.withLock { $0.sync() } }

    /// A crash of the machine under `appendfsync everysec`: all since the last ``sync()`` is gone,
    /// and whoever connects again meets another run.
    package func loseTail() { store.withLock { $0.loseTail() } }

    package func advance(by span: Span) {
        store.withLock {
            $0.wall += span.milliseconds
            $0.steady += span.milliseconds
        }
    }

    /// Drops a stream's entries below `id`, as a person could, delivered or not.
    package func trim(_ stream: Key, below id: EntryID) {
        store.withLock { _ = (try? $0.stream(stream))?.trim(below: id) }
    }

    /// Removes a key, as a person would.
    package func remove(_ key: Key) { store.withLock { $0.remove(key) } }

    /// Runs one call of a session as one step.
    func perform<Value: Sendable>(
        _ session: String, _ step: (inout MemoryStore) throws(WrongType) -> Value
    ) throws(BusError) -> Value {
        let fault = fault(session)
        if case .unreachable = fault { throw .retry("the bus cannot be reached (simulated)") }
        let result = store.withLock { store -> Result<Value, WrongType> in
            do throws(WrongType) {
                return .success(try step(&store))
            } catch {
                return .failure(error)
            }
        }
        if case .answerLost = fault { throw .unknown("the answer was lost (simulated)") }
        do throws(WrongType) {
            return try result.get()
        } catch {
            throw .refused("WRONGTYPE \(error.key)")
        }
    }
}
