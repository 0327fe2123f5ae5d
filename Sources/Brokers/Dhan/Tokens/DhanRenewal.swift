import Foundation
package import HTTP
package import Trading

/// When and how a token of the broker's web page is renewed: it lives a day, and a new one ends
/// it at once.
package struct DhanRenewal: Sendable {
    private let clientID: String
    private let mint: DhanMint
    let now: @Sendable () -> EventTime
    /// No new token, and the old one ends.
    let onFailure: @Sendable () -> Void

    /// Out of hours so long before the end that it cannot come under an open market: each renewal
    /// costs calls that are just under way, and maybe the sockets.
    private static let early = Span.minutes(12 * 60)
    private static let quiet = (until: TimeOfDay(8, 45), from: TimeOfDay(16, 0))
    /// In any hour.
    private static let late = Span.minutes(30)
    private static let tryAgain = Span.minutes(10)

    /// - Parameter now: the wall's clock, by which tokens live.
    package init(
        clientID: String, endpoints: DhanEndpoints, egress: String? = nil, http: HTTPClient,
        now: @escaping @Sendable () -> EventTime, onFailure: @escaping @Sendable () -> Void
    ) {
        self.clientID = clientID
        mint = DhanMint(endpoints: endpoints, egress: egress, http: http)
        self.now = now
        self.onFailure = onFailure
    }

    /// One whose end nobody knows is used until it is dead.
    func isDue(_ entry: DhanTokenStore.Entry, _ token: DhanToken) -> Bool {
        guard let endsAt = entry.endsAt ?? token.endsAt else { return false }
        let now = now()
        if let askedAt = entry.askedAt, now - askedAt < Self.tryAgain { return false }
        // A dead one cannot be renewed.
        guard now < endsAt else { return false }
        let isQuiet = now.timeOfDay < Self.quiet.until || now.timeOfDay >= Self.quiet.from
        return endsAt - now <= (isQuiet ? Self.early : Self.late)
    }

    func ask(
        _ token: DhanToken,
        _ answer: @escaping @Sendable (Result<DhanMinted, DhanTokenError>) -> Void
    ) {
        mint.ask(mint.renewal(of: token, clientID: clientID), answer)
    }
}

extension DhanToken {
    /// As the token itself says, where it is one of the broker's: `exp` of a JWT, in seconds.
    var endsAt: EventTime? {
        let parts = secret.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        var text = String(parts[1]).replacing("-", with: "+").replacing("_", with: "/")
        text += String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        guard let bytes = Data(base64Encoded: text), let json = try? JSON.parse(Array(bytes)),
            let seconds = json["exp"]?.plainText.flatMap({ Int(text: $0) }),
            (1...Readable.time.upperBound / 1_000).contains(seconds)
        else { return nil }
        return EventTime(milliseconds: seconds * 1_000)
    }
}
