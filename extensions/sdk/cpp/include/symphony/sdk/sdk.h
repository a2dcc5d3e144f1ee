#pragma once
// Everything an extension needs.

#include <symphony/sdk/components.h>
#include <symphony/sdk/diff.h>
#include <symphony/sdk/document.h>
#include <symphony/sdk/error.h>
#include <symphony/sdk/events.h>
#include <symphony/sdk/extension.h>
#include <symphony/sdk/node.h>
#include <symphony/sdk/path_text.h>
#include <symphony/sdk/payload.h>
#include <symphony/sdk/request.h>
#include <symphony/sdk/stream.h>
#include <symphony/sdk/topic.h>
#include <symphony/sdk/view.h>
#include <symphony/sdk/virtual_collection.h>
