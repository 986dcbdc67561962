var place: [String: Any] = ["name": "Ann", "room": "main"]
let manager = SocketManager(socketURL: URL(string: "http://192.168.1.5:8080")!, config: [.connectParams(place)])
let socket = manager.defaultSocket
func remember(_ more: [String: Any]) {
    place.merge(more) { $1 }
    manager.setConfigs([.connectParams(place)])
}
socket.on("welcome") { data, _ in
    remember(["token": (data[0] as! [String: Any])["token"]!])
}
socket.on("chat") { data, _ in
    let meta = data.last { $0 is [String: Any] } as! [String: Any]
    if let seq = meta["seq"] {
        remember(["room": meta["room"]!, "epoch": meta["epoch"]!, "since": seq])
    }
    print(data[0])
}
socket.once(clientEvent: .connect) { _, _ in socket.emit("chat", "hello") }
socket.connect()
