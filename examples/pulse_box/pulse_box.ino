/*
  Pulse box for llpyspin: sends the trigger pulses of all cameras, and counts them.

  Boards: Arduino (Uno, Nano, Mega, Leonardo, Zero, Due ...), Teensy, and others with Arduino's functions.
  Load this sketch with the Arduino IDE. There is nothing to set, except the pin and the name below.

  Wiring (see also docs/how-to/pulse-box.md)
    pin PULSE_PIN -> trigger input of every camera, GND -> its ground. On a Blackfly S:
      opto-isolated input:  pin 2 (black, Line0) and pin 5 (blue, opto ground); set lines: {input: Line0}
      input of 3.3 V logic: pin 1 (green, Line3) and pin 6 (brown, ground)
    The pin drives high and low by itself (push-pull), so no pull-up is needed.
    The levels that each input allows stand in your camera's manual. A board with 5 V outputs (Uno, Nano,
    Mega, Leonardo) may be too much for a line that is not isolated.

  Timing
    The pulses come from micros(), which steps by 4 us on boards with 16 MHz and by 1 us on others. Each edge
    is planned from the one before, in ns, and not from when that one really came. So no error adds up: after
    a million pulses the last one is as well placed as the first. Only the board's own clock drifts: 50 ppm
    with a crystal, up to 5000 ppm with a ceramic resonator, as on an Uno.
    An edge is late by one turn of loop(), one step of micros(), and interrupts: about 10 to 30 us on an Uno,
    by the length of this code; that was not measured with an oscilloscope. Commands wait until no edge is
    near. The box measures how late its latest rising edge was, and llpyspin writes it into session.json
    (box.late_us).

  Protocol: see llpyspin/rig/boxes/boxlines.py. Send "?" by hand to see the name of the box.
*/

const uint8_t PULSE_PIN = 2;
const char NAME[] = "arduino";  // 12 letters at most, no space

const uint32_t LEAST_PERIOD_NS = 1000000UL;    // 1000 Hz
const uint32_t MOST_PERIOD_NS = 4000000000UL;  // 0.25 Hz
const uint32_t LEAD_US = 20000;  // from START to the first pulse
const uint32_t WORK_US = 350;    // a command is worked off only if no edge comes so soon
const uint8_t MOST_LINE = 96;

// -- the pulses

enum State : uint8_t { IDLE, RUNNING, DONE, STOPPED, WATCHDOG };
const char* const STATES[] = {"idle", "running", "done", "stopped", "watchdog"};

State state = IDLE;
uint16_t run_number = 0;  // 0: not started since the board began, or since HELLO
uint32_t pulses = 0;      // rising edges since START
uint32_t wanted = 0;      // 0: until STOP
uint32_t late_us = 0;     // of the latest rising edge
bool high = false;
uint32_t first_us = 0;    // when the first pulse begins, by micros()
uint32_t rise_us = 0;     // when the next pulse begins
uint32_t fall_us = 0;     // when the present pulse ends
uint32_t period_us = 0;   // whole us of the period, and
uint16_t rest_ns = 0;     // the rest of it, which adds up in
uint16_t owed_ns = 0;
uint32_t width_us = 0;
uint32_t watchdog_ms = 0;
uint32_t heard_ms = 0;    // when the last command came

void plan_next() {
  rise_us += period_us;
  owed_ns += rest_ns;
  if (owed_ns >= 1000) {
    owed_ns -= 1000;
    rise_us += 1;
  }
}

void rise(uint32_t now) {
  digitalWrite(PULSE_PIN, HIGH);
  high = true;
  pulses += 1;
  uint32_t late = now - rise_us;
  if (late > late_us) late_us = late;
  if (late > period_us / 2) rise_us = now;  // something held the board up: no burst of pulses to catch up
  fall_us = rise_us + width_us;
  plan_next();
}

void fall() {
  digitalWrite(PULSE_PIN, LOW);
  high = false;
  if (state == RUNNING && wanted != 0 && pulses == wanted) finish(DONE);
}

void finish(State how) {  // a pulse that has begun is completed by edges()
  if (state == RUNNING) state = how;
  digitalWrite(LED_BUILTIN, LOW);
}

bool is_past(uint32_t moment, uint32_t now) {  // also when micros() starts over, every 71 minutes
  return (int32_t)(now - moment) >= 0;
}

void edges() {
  if (high) {
    if (is_past(fall_us, micros())) fall();
  } else if (state == RUNNING) {
    uint32_t now = micros();
    if (is_past(rise_us, now)) rise(now);
  }
}

bool there_is_time() {
  if (!high && state != RUNNING) return true;
  return (int32_t)((high ? fall_us : rise_us) - micros()) > (int32_t)WORK_US;
}

// -- lines

char line[MOST_LINE + 1];
uint8_t length = 0;
bool too_long = false;
bool complete = false;
char answer[MOST_LINE + 1];
uint8_t answered = 0;

uint8_t crc8(const char* text, uint8_t size) {
  uint8_t crc = 0;
  while (size--) {
    crc ^= (uint8_t)*text++;
    for (uint8_t bit = 0; bit < 8; bit++) crc = crc & 0x80 ? (crc << 1) ^ 0x07 : crc << 1;
  }
  return crc;
}

void say(const char* text) {
  if (answered != 0) answer[answered++] = ' ';
  while (*text && answered < MOST_LINE - 5) answer[answered++] = *text++;
}

void say_number(uint32_t number) {
  char digits[11];
  uint8_t at = sizeof(digits) - 1;
  digits[at] = 0;
  do {
    digits[--at] = '0' + number % 10;
    number /= 10;
  } while (number != 0);
  say(digits + at);
}

void send_answer() {
  const char* const hex = "0123456789ABCDEF";
  uint8_t crc = crc8(answer, answered);
  answer[answered++] = '*';
  answer[answered++] = hex[crc >> 4];
  answer[answered++] = hex[crc & 15];
  answer[answered++] = '\n';
  Serial.write((const uint8_t*)answer, answered);
  answered = 0;
}

void say_who() {
  say("PULSEBOX");
  say("1");
  say(NAME);
}

void greet() {
  say("!");
  say_who();
  send_answer();
}

void refuse(const char* number, const char* reason) {
  say(number);
  say("ERR");
  say(reason);
  send_answer();
}

void say_count() {
  say_number(run_number);
  say(STATES[state]);
  say_number(pulses);
  say_number(late_us);
  say_number(micros());
}

bool begin_run(const uint32_t* given) {
  uint32_t period_ns = given[1];
  if (given[0] == 0 || given[0] > 65535 || period_ns < LEAST_PERIOD_NS || period_ns > MOST_PERIOD_NS) return false;
  if (given[2] == 0 || given[2] > period_ns / 2000 || given[4] == 0) return false;
  run_number = given[0];
  period_us = period_ns / 1000;
  rest_ns = period_ns % 1000;
  owed_ns = 0;
  width_us = given[2];
  wanted = given[3];
  watchdog_ms = given[4];
  pulses = late_us = 0;
  first_us = rise_us = micros() + LEAD_US;
  state = RUNNING;
  digitalWrite(LED_BUILTIN, HIGH);
  return true;
}

void obey(const char* number, const char* command, const uint32_t* given, uint8_t count) {
  if (strcmp(command, "HELLO") == 0) {
    finish(STOPPED);
    state = IDLE;
    run_number = 0;
    pulses = late_us = 0;
    say(number);
    say("OK");
    say_who();
    say_number(LEAST_PERIOD_NS);
    say_number(MOST_PERIOD_NS);
    send_answer();
  } else if (strcmp(command, "START") == 0 && count == 5) {
    bool again = state == RUNNING && given[0] == run_number;  // its first answer was lost on the way
    if (!again && (state == RUNNING || high)) return refuse(number, "running");
    if (!again && !begin_run(given)) return refuse(number, "range");
    say(number);
    say("OK");
    say_number(run_number);
    say_number(first_us);
    say_number(micros());
    send_answer();
  } else if (strcmp(command, "COUNT") == 0 || strcmp(command, "STOP") == 0) {
    if (command[0] == 'S') finish(STOPPED);
    say(number);
    say("OK");
    say_count();
    send_answer();
  } else {
    refuse(number, "command");
  }
}

void work_off() {  // the line is complete
  if (length == 1 && line[0] == '?') return greet();
  char* star = strrchr(line, '*');
  if (too_long || star == NULL || strlen(star) != 3) return refuse("-", "line");
  if (strtoul(star + 1, NULL, 16) != crc8(line, star - line)) return refuse("-", "line");
  *star = 0;
  const char* number = strtok(line, " ");
  const char* command = strtok(NULL, " ");
  if (number == NULL || command == NULL) return refuse("-", "line");
  uint32_t given[5];
  uint8_t count = 0;
  for (char* word = strtok(NULL, " "); word != NULL && count < 5; word = strtok(NULL, " "))
    given[count++] = strtoul(word, NULL, 10);
  heard_ms = millis();
  obey(number, command, given, count);
}

void receive() {
  if (complete) {
    if (!there_is_time()) return;
    if (length != 0 || too_long) work_off();
    length = 0;
    too_long = complete = false;
    return;
  }
  if (!Serial.available()) return;
  char letter = Serial.read();
  if (letter == '\r') return;
  if (letter == '\n') {
    line[length] = 0;
    complete = true;
  } else if (length < MOST_LINE) {
    line[length++] = letter;
  } else {
    too_long = true;
  }
}

// -- Arduino calls these

void setup() {
  pinMode(PULSE_PIN, OUTPUT);
  digitalWrite(PULSE_PIN, LOW);
  pinMode(LED_BUILTIN, OUTPUT);
  Serial.begin(115200);
  greet();
}

void loop() {
  edges();    // first: nothing may delay an edge
  receive();  // one letter at most
  if (state == RUNNING && millis() - heard_ms > watchdog_ms) finish(WATCHDOG);
}
