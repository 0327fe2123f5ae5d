import HTTP
import Secrets
package import Trading

/// A token as the authority gives it.
package struct DhanMinted: Sendable, Hashable {
    package var token: DhanToken
    package var endsAt: EventTime?
}

/// The authority's side of minting. Its address carries pin and code: neither may reach a text.
struct DhanMint: Sendable {
    let endpoints: DhanEndpoints
    let egress: String?
    let http: HTTPClient

    /// Nil for a secret that is none.
    func request(
        _ credentials: DhanMintedToken.Credentials, at now: EventTime
    ) throws(SecretFileError) -> HTTPRequest? {
        let secret = try Self.line(credentials.secretFile)
        let pin = try Self.line(credentials.pinFile)
        guard let code = TOTP(secret: secret)?.code(at: now.milliseconds / 1_000),
            pin.utf8.allSatisfy({ (48...57).contains($0) })
        else { return nil }
        let query = "dhanClientId=\(credentials.clientID)&pin=\(pin)&totp=\(code)"
        return HTTPRequest(
            .post, "\(endpoints.auth)/app/generateAccessToken?\(query)", egress: egress,
            authorities: endpoints.caFile)
    }

    /// Ends the token that it renews.
    func renewal(of token: DhanToken, clientID: String) -> HTTPRequest {
        HTTPRequest(
            .get, "\(endpoints.rest)/RenewToken",
            headers: [
                (name: "access-token", value: token.secret),
                (name: "dhanClientId", value: clientID),
                (name: "Accept", value: "application/json"),
            ], mayRepeat: false, egress: egress, authorities: endpoints.caFile)
    }

    private static func line(_ path: String) throws(SecretFileError) -> String {
        let bytes = try SecretFile.read(path, atMost: DhanFileToken.longest)
        return String(decoding: bytes.prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)
    }

    func ask(
        _ request: HTTPRequest,
        _ answer: @escaping @Sendable (Result<DhanMinted, DhanTokenError>) -> Void
    ) {
        http.send(request) { result in
            switch result.map(DhanAnswer.init) {
            case .success(let said): answer(said.result.minted)
            case .failure(.notSent(let reason)), .failure(.unanswered(let reason)):
                answer(.failure(.none("no token: \(reason)")))
            }
        }
    }
}

extension Result<JSON, DhanError> {
    var minted: Result<DhanMinted, DhanTokenError> {
        mapError { DhanTokenError.none("no token: \($0.reason)") }.flatMap { json in
            do throws(DhanUnreadable) {
                return .success(try DhanMinted(json))
            } catch {
                return .failure(.none("no token: \(error)"))
            }
        }
    }
}

extension DhanMinted {
    /// What cannot be read is not shown: it may hold the token.
    init(_ json: JSON) throws(DhanUnreadable) {
        guard let text = json["accessToken"]?.plainText ?? json["token"]?.plainText,
            let token = DhanToken(text: Array(text.utf8))
        else { throw DhanUnreadable("token", "accessToken is missing") }
        self.token = token
        endsAt = json["expiryTime"]?.plainText.flatMap(EventTime.init(indian:))
    }
}
