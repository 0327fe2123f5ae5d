import CCurl

/// One request on its way. Owner of one easy handle; lives on the client's thread.
final class Transfer {
    let call: HTTPCall
    private let easy: UnsafeMutableRawPointer
    private var lines: UnsafeMutablePointer<curl_slist>?
    private var outgoing: Outgoing
    private(set) var hasLeft = false
    private var refusal: String?
    private var headers: [String: String] = [:]
    private var body: [UInt8] = []

    init(_ call: HTTPCall, _ easy: UnsafeMutableRawPointer) {
        self.call = call
        self.easy = easy
        outgoing = Outgoing(body: call.request.body?.count ?? 0)
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(lines)
    }

    func prepare(pool: UnsafeMutableRawPointer) -> CURLcode {
        let options = EasyOptions(easy)
        options.set(call.request, within: call.answerBy - HTTPTime.now())
        options.set(CURLOPT_SHARE, pool)
        for header in call.request.headers {
            options.append("\(header.name): \(header.value)", to: &lines)
        }
        // libcurl would wait for a "100 Continue" that no broker sends.
        options.append("Expect:", to: &lines)
        options.set(headers: lines)
        options.observe(self)
        return options.code
    }

    /// Why it must not go on, if it must not.
    func overdue(at now: Int) -> String? {
        !hasLeft && now >= call.leaveBy
            ? "not written within \(call.request.leaveWithin) ms" : nil
    }

    // MARK: What libcurl tells

    /// Before each writing of the request, of which there are two when a kept connection turns out
    /// to be dead: libcurl then takes another one and starts again, without a word, whether or
    /// not the server has read the first.
    func maySend() -> Bool {
        refusal = overdue(at: HTTPTime.now())
        if outgoing.hasBegun && !call.request.mayRepeat {
            refusal = "the connection was lost after the request was written"
        }
        guard refusal == nil else { return false }
        outgoing = Outgoing(body: call.request.body?.count ?? 0)
        return true
    }

    func sent(_ bytes: UnsafeRawBufferPointer) {
        outgoing.add(bytes)
        if outgoing.isComplete { leave() }
    }

    func received(header: UnsafeRawBufferPointer) {
        let line = String(decoding: header, as: UTF8.self)
        // Each answer of a chain of redirects has its own.
        if line.hasPrefix("HTTP/") { headers = [:] }
        guard let colon = line.firstIndex(of: ":") else { return }
        headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmed
    }

    /// - Returns: false to end the transfer.
    func received(body bytes: UnsafeRawBufferPointer) -> Bool {
        guard body.count + bytes.count <= call.request.longestAnswer else {
            refusal = "the answer is longer than \(call.request.longestAnswer) bytes"
            return false
        }
        body.append(contentsOf: bytes)
        return true
    }

    // MARK: The end

    func finish(_ code: CURLcode) {
        guard code == CURLE_OK else {
            return fail(refusal ?? String(cString: curl_easy_strerror(code)))
        }
        var status = 0
        easy_get_number(easy, CURLINFO_RESPONSE_CODE, &status)
        leave()
        call.answer(.success(HTTPResponse(status: status, headers: headers, body: body)))
    }

    func fail(_ reason: String) {
        leave()
        let text = "\(call.request.host): \(reason)"
        call.answer(.failure(outgoing.hasBegun ? .unanswered(text) : .notSent(text)))
    }

    private func leave() {
        if hasLeft { return }
        hasLeft = true
        call.left()
    }
}

extension HTTPRequest {
    /// Host and port, which may stand in a log.
    var host: String {
        let afterScheme = url.split(separator: "://", maxSplits: 1).last ?? ""
        let authority = afterScheme.prefix { !"/?#".contains($0) }
        return String(authority.split(separator: "@").last ?? "")
    }
}
