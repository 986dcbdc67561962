import { WebSocket } from "undici";
const socket = new WebSocket("ws://192.168.1.5:8080/ws?room=main&name=Ann");
socket.onopen = () => socket.send(JSON.stringify([1, "chat", "hello"]));
socket.onmessage = ({ data }) => console.log(...JSON.parse(data));
