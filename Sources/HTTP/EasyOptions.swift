import CCurl

/// Sets up one easy handle. The first option that libcurl refuses ends it.
final class EasyOptions {
    private let easy: UnsafeMutableRawPointer
    private(set) var code = CURLE_OK

    init(_ easy: UnsafeMutableRawPointer) { self.easy = easy }

    private static let agent = "squareoff"
    /// Seconds. Servers and their balancers drop idle connections after a minute or so; one that
    /// is taken just then is the one that dies under an order.
    private static let idleConnection = 45

    func set(_ request: HTTPRequest, within milliseconds: Int) {
        set(CURLOPT_URL, request.url)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_USERAGENT, Self.agent)
        // No proxy, whatever the environment says: the broker knows our address, not a proxy's.
        set(CURLOPT_PROXY, "")
        set(CURLOPT_NOSIGNAL, 1)
        // Otherwise ending a transfer waits for its name to be resolved, and all others with it.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_MAXAGE_CONN, Self.idleConnection)
        set(CURLOPT_CONNECTTIMEOUT_MS, request.leaveWithin)
        set(CURLOPT_TIMEOUT_MS, max(1, milliseconds))
        if let egress = request.egress { set(CURLOPT_INTERFACE, egress) }
        if let authorities = request.authorities { set(CURLOPT_CAINFO, authorities) }
        if request.isDownload {
            set(CURLOPT_FOLLOWLOCATION, 1)
            set(CURLOPT_MAXREDIRS, 5)
            // Empty for every encoding that libcurl can read.
            set(CURLOPT_ACCEPT_ENCODING, "")
        }
        set(method: request.method, body: request.body)
    }

    private func set(method: HTTPRequest.Method, body: [UInt8]?) {
        if let body {
            set(CURLOPT_POST, 1)
            check { body.withUnsafeBytes { easy_set_body(easy, $0.baseAddress, $0.count) } }
        } else if method == .post || method == .put {
            // With a length of zero; without any, servers answer 411.
            set(CURLOPT_POST, 1)
            check { easy_set_body(easy, "", 0) }
        }
        if method != .get { set(CURLOPT_CUSTOMREQUEST, method.rawValue) }
    }

    func set(_ option: CURLoption, _ text: String) { check { easy_set_text(easy, option, text) } }
    func set(_ option: CURLoption, _ number: Int) {
        check { easy_set_number(easy, option, number) }
    }
    func set(_ option: CURLoption, _ pointer: UnsafeMutableRawPointer) {
        check { easy_set_pointer(easy, option, pointer) }
    }
    func set(headers: UnsafeMutablePointer<curl_slist>?) {
        check { easy_set_headers(easy, headers) }
    }

    /// libcurl reads the list during the transfer: it belongs to the caller.
    func append(_ line: String, to list: inout UnsafeMutablePointer<curl_slist>?) {
        // A line break would begin a header of somebody else's choice.
        guard !line.utf8.contains(where: { $0 == 13 || $0 == 10 }),
            let longer = curl_slist_append(list, line)
        else {
            code = CURLE_BAD_FUNCTION_ARGUMENT
            return
        }
        list = longer
    }

    private func check(_ set: () -> CURLcode) {
        if code == CURLE_OK { code = set() }
    }
}

extension EasyOptions {
    /// The handle keeps a plain pointer to the transfer, which owns the handle and so outlives it.
    func observe(_ transfer: Transfer) {
        let data = Unmanaged.passUnretained(transfer).toOpaque()
        check {
            easy_on_traffic(
                easy,
                { _, kind, bytes, count, data in
                    if kind == CURLINFO_HEADER_OUT || kind == CURLINFO_DATA_OUT {
                        Transfer.at(data)?.sent(UnsafeRawBufferPointer(start: bytes, count: count))
                    }
                    return 0
                }, data)
        }
        check {
            easy_before_sending(
                easy,
                { data, _, _, _, _ in
                    Transfer.at(data)?.maySend() == true
                        ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
                }, data)
        }
        check {
            easy_on_header(
                easy,
                { bytes, _, count, data in
                    let line = UnsafeRawBufferPointer(start: bytes, count: count)
                    Transfer.at(data)?.received(header: line)
                    return count
                }, data)
        }
        check {
            easy_on_body(
                easy,
                { bytes, _, count, data in
                    let part = UnsafeRawBufferPointer(start: bytes, count: count)
                    // Anything but the count ends the transfer.
                    return Transfer.at(data)?.received(body: part) == true ? count : count &+ 1
                }, data)
        }
    }
}

extension Transfer {
    fileprivate static func at(_ data: UnsafeMutableRawPointer?) -> Transfer? {
        data.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }
}

extension Substring {
    /// Without the spaces and line ends around it.
    var trimmed: String {
        let isSpace: (Character) -> Bool = { $0.isWhitespace }
        guard let first = firstIndex(where: { !isSpace($0) }),
            let last = lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(self[first...last])
    }
}
