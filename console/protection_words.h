#pragma once
// Why a drive is protected, in words.

#include "base/message.h"
#include "reports/drive_record.h"

namespace regain {

Message protection_words(const Protection& protection);

}  // namespace regain
