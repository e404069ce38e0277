// Runs the sketch as a program: prints the name of its port, then each edge as "level host_ns".
//
// The sketch sees a clock that moves by at most STEP_NS from one look to the next, and never lags for long: a
// computer that is busy holds this program up for milliseconds, which never happens on a board. So the edges lie
// where a board puts them, whatever else the computer does.
//
// SIGUSR1 resets the board: the program runs anew, at the same port.

#include "Arduino.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

namespace {
const int64_t STEP_NS = 10000;
int port = -1;
int64_t now_ns = 0, began_ns = 0;
volatile sig_atomic_t reset = 0;

int64_t real_ns() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int64_t look() {
  int64_t real = real_ns();
  now_ns = now_ns + STEP_NS < real ? now_ns + STEP_NS : real;
  return now_ns - began_ns;
}
}  // namespace

HostSerial Serial;

// Boards count in 32 bits: START after 70 minutes must work, so the clock begins just before it starts over.
unsigned long micros() { return (uint32_t)(look() / 1000 + 0xFFFFFFFF - 1500000); }
unsigned long millis() { return (uint32_t)(look() / 1000000); }
void pinMode(uint8_t, uint8_t) {}

void digitalWrite(uint8_t pin, uint8_t level) {
  static uint8_t present = LOW;
  if (pin == LED_BUILTIN || level == present) return;
  present = level;
  printf("%d %lld\n", level, (long long)now_ns);
}

void HostSerial::begin(unsigned long) {}

int HostSerial::available() {
  look();
  if (real_ns() - now_ns > 10 * STEP_NS) return 0;  // what is sent now comes when the clock has caught up
  pollfd wanted = {port, POLLIN, 0};
  return poll(&wanted, 1, 0) > 0 && (wanted.revents & POLLIN);
}

int HostSerial::read() {
  unsigned char letter;
  return ::read(port, &letter, 1) == 1 ? letter : -1;
}

size_t HostSerial::write(const uint8_t* text, size_t size) {
  ssize_t written = ::write(port, text, size);
  return written < 0 ? 0 : written;
}

#include "pulse_box.ino"

int main(int count, char** arguments) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGUSR1, [](int) { reset = 1; });
  if (count > 1) {
    port = atoi(arguments[1]);
  } else {
    port = posix_openpt(O_RDWR | O_NOCTTY);
    if (port < 0 || grantpt(port) || unlockpt(port)) return 1;
    int other = open(ptsname(port), O_RDWR | O_NOCTTY);  // stays open: nobody hangs up
    termios raw;
    if (other < 0 || tcgetattr(other, &raw)) return 1;
    cfmakeraw(&raw);
    tcsetattr(other, TCSANOW, &raw);
    puts(ptsname(port));
  }
  now_ns = began_ns = real_ns();
  setup();
  while (!reset) {
    loop();
    if (real_ns() - now_ns < STEP_NS) {  // it has caught up, so there is time to sleep
      pollfd wanted = {port, POLLIN, 0};
      poll(&wanted, 1, 0) > 0 ? 0 : usleep(200);
    }
  }
  char number[12];
  snprintf(number, sizeof(number), "%d", port);
  char* again[] = {arguments[0], number, NULL};
  execv("/proc/self/exe", again);
  return 1;
}
