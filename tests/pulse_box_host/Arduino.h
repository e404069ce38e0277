// What the sketch needs of Arduino, for a program on this computer: a pseudo-terminal instead of the port.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

constexpr uint8_t LOW = 0, HIGH = 1, OUTPUT = 1, LED_BUILTIN = 13;

unsigned long micros();
unsigned long millis();
void pinMode(uint8_t pin, uint8_t mode);
void digitalWrite(uint8_t pin, uint8_t level);

struct HostSerial {
  void begin(unsigned long baud);
  int available();
  int read();
  size_t write(const uint8_t* text, size_t size);
};

extern HostSerial Serial;

// The Arduino IDE declares all functions of a sketch at its beginning.
enum State : uint8_t;
void finish(State how);
