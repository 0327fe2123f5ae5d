package import Trading

/// Tokens: minted, renewed, dead.
extension Engine {
    /// `POST /app/generateAccessToken`: everything in the query, refusals with status 200.
    mutating func mint(_ call: Call, now: EventTime) -> Reply {
        let client = ClientID(call.query["dhanClientId"] ?? "")
        guard call.route.count == 2, call.route[1] == "generateAccessToken",
            let account = accounts[client], account.pin == call.query["pin"]
        else { return Self.refused("Unauthorized Request") }
        let last = account.mintedAt
        // A try inside the two minutes starts them anew.
        _ = withAccount(client) { $0.mintedAt = now }
        if let last, now - last < .minutes(2) {
            return Self.refused("Token can be generated once every 2 minutes")
        }
        let code = call.query["totp"] ?? ""
        guard code.utf8.count == 6, code.allSatisfy(\.isNumber) else {
            return Self.refused("Invalid TOTP")
        }
        return Reply(200, tokenJSON(issue(to: client, now: now), of: client))
    }

    func tokenJSON(_ token: SimulatedAccount.Token, of client: ClientID) -> JSON {
        [
            "dhanClientId": .string(client.text),
            "dhanClientName": .string(accounts[client]?.name ?? ""),
            "dhanClientUcc": .string("UCC\(client)"),
            "givenPowerOfAttorney": true,
            "accessToken": .string(token.text),
            "expiryTime": .string(token.expiresAt.wire.replacing(" ", with: "T") + ".000"),
        ]
    }

    /// One token is active; the one before dies.
    @discardableResult
    package mutating func issue(
        to client: ClientID, _ text: String? = nil, now: EventTime
    ) -> SimulatedAccount.Token {
        let expiry = now + settings.tokenLife
        let old = accounts[client]?.token
        let count = (accounts[client]?.deadTokens.count ?? 0) + 1
        // The form of a JWT, and nothing in it that means anything.
        let text = text ?? "eyJzaW0iOjF9.\(client)-\(count)-\(expiry.milliseconds).c2lt"
        let token = SimulatedAccount.Token(text: text, expiresAt: expiry)
        _ = withAccount(client) { account in
            if let old { account.deadTokens.insert(old.text) }
            account.deadTokens.remove(text)
            account.token = token
        }
        return token
    }

    /// The broker ends a token without a word.
    package mutating func killToken(of client: ClientID) {
        _ = withAccount(client) { account in
            if let token = account.token { account.deadTokens.insert(token.text) }
            account.token = nil
        }
    }

    private static func refused(_ text: String) -> Reply {
        Reply(200, ["message": .string(text), "status": "error"])
    }
}
