SocketIOclient socketIO;

void onEvent(socketIOmessageType_t type, uint8_t* payload, size_t length) {
  if (type == sIOtype_CONNECT) {
    socketIO.send(sIOtype_CONNECT, "/");
  } else if (type == sIOtype_EVENT) {
    Serial.println((char*)payload);
    if (strncmp((char*)payload, "[\"welcome\"", 10) == 0) {
      socketIO.sendEVENT("[\"chat\",\"hello\"]");
    }
  }
}

void setup() {
  Serial.begin(115200);
  WiFi.begin("Party", "password");
  while (WiFi.status() != WL_CONNECTED) delay(100);
  socketIO.onEvent(onEvent);
  socketIO.begin("192.168.1.5", 8080, "/socket.io/?EIO=4&name=Ann&room=main");
}

void loop() {
  socketIO.loop();
}
