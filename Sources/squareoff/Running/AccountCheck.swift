import Brokers

/// Asks the broker whether an account's orders would reach it. What cannot be known at once is
/// asked again, a few times.
struct AccountCheck: Sendable {
    let client: DhanClient
    /// Between two tries.
    let pause: Duration
    /// For all tries of one question together: what has not been answered by then stays unknown.
    let limit: Duration

    private static let tries = 3

    /// What is wrong with the token, or may be; nil where nothing is to be said.
    func token() async -> DhanTrouble? {
        let clientID = client.access.clientID
        return await ask(client.profile) { Self.trouble($0, of: clientID) }
    }

    /// The same of the address that orders would come from.
    func address() async -> DhanTrouble? { await ask(client.addresses, Self.trouble) }

    private static func trouble(
        _ answer: Result<DhanProfile, DhanError>, of clientID: String
    ) -> DhanTrouble? {
        switch answer {
        case .success(let profile) where !BrokerChecks.isProfile(profile, of: clientID):
            .foreignToken
        case .success(let profile): profile.hasDerivatives ? nil : .accountBlocked
        case .failure(let error): error.isDeadToken ? nil : .unchecked
        }
    }

    private static func trouble(_ answer: Result<DhanAddresses, DhanError>) -> DhanTrouble? {
        switch (BrokerChecks.address(answer).level, answer) {
        case (.ok, _): nil
        case (.wrong, _): .invalidIP
        case (.warning, .success(let known)) where known.hasNone: .noAddress
        case (.warning, .failure(let error)) where error.isDeadToken: nil
        case (.warning, _): .unchecked
        }
    }

    private func ask<Value: Sendable>(
        _ call: (@escaping DhanClient.Answer<Value>) -> Void,
        _ trouble: (Result<Value, DhanError>) -> DhanTrouble?
    ) async -> DhanTrouble? {
        let end = ContinuousClock.now + limit
        for number in 1...Self.tries {
            if number > 1 {
                guard ContinuousClock.now < end else { break }
                try? await Task.sleep(for: pause)
            }
            guard let said = await answer(to: call, by: end) else { break }
            let found = trouble(said)
            if found != .unchecked { return found }
        }
        return .unchecked
    }

    /// Nil where none has come in time. The call goes on; its answer is nobody's then.
    private func answer<Value: Sendable>(
        to call: (@escaping DhanClient.Answer<Value>) -> Void, by end: ContinuousClock.Instant
    ) async -> Result<Value, DhanError>? {
        let (answers, given) = AsyncStream.makeStream(of: Result<Value, DhanError>.self)
        call {
            given.yield($0)
            given.finish()
        }
        let timer = Task {
            try? await Task.sleep(until: end, clock: .continuous)
            given.finish()
        }
        defer { timer.cancel() }
        var iterator = answers.makeAsyncIterator()
        return await iterator.next()
    }
}

extension DhanAddresses {
    fileprivate var hasNone: Bool { primary.isEmpty && secondary.isEmpty }
}

extension DhanError {
    /// The client itself tells people of it, unless there will be another token in a moment.
    fileprivate var isDeadToken: Bool {
        guard case .refused(let refusal) = self else { return false }
        return refusal.trouble == .deadToken
    }
}
