"""How the real SDK and a Blackfly S behave, and which test holds the virtual cameras to it.

Each entry: what is so, the file of the test (beside this one, or in the rig), the name of the test.
"""

from __future__ import annotations

__all__ = ["DIFFERENCES", "FACTS", "REFUSED", "STORED", "UNKNOWN"]

FACTS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "Errors": (
        (
            "`SpinnakerException` has `message`, `fullmessage` and `errorcode`; its text ends with the code.",
            "test_surface.py",
            "test_the_exception_has_the_vendors_attributes",
        ),
        (
            "`GetNextImage` without an image raises -1011.",
            "test_system.py",
            "test_a_trigger_that_never_comes_times_out",
        ),
        (
            "Steps out of turn have their own codes: -1010, -1002 and -1004.",
            "test_system.py",
            "test_acquisition_says_what_is_wrong_with_each_step",
        ),
        (
            "A camera that another process holds raises -1005.",
            "test_system.py",
            "test_camera_of_another_process_is_refused_until_that_ends",
        ),
        (
            "A camera that has gone raises -1002, and its handle stays invalid.",
            "test_system.py",
            "test_unplugged_camera_stays_invalid_and_returns_as_a_new_one",
        ),
        ("A wrong index raises -1009.", "test_system.py", "test_a_wrong_index_is_told_as_the_sdk_tells_it"),
        (
            "An unknown serial number gives an invalid pointer; its removal raises -1009.",
            "test_system.py",
            "test_unknown_serial_gives_an_invalid_pointer_and_cannot_be_removed",
        ),
        (
            "A write to a node that is read-only or locked raises -2006.",
            "test_nodes.py",
            "test_read_only_nodes_refuse_to_be_written_with_the_vendors_texts",
        ),
        (
            "A value past a limit raises -2002 with the limit, and the old value stays.",
            "test_nodes.py",
            "test_a_float_past_its_limits_says_so_with_the_limit",
        ),
        (
            "An integer beside its increment raises -2002.",
            "test_nodes.py",
            "test_wrong_width_says_which_rule_it_breaks",
        ),
        (
            "A command that is locked cannot be executed (-2006).",
            "test_nodes.py",
            "test_the_software_trigger_can_be_executed_only_when_it_is_the_source",
        ),
        (
            "A QuickSpin node that the camera lacks refuses everything but its access mode.",
            "test_system.py",
            "test_missing_quickspin_node_refuses_everything_but_its_access_mode",
        ),
        (
            "A conversion that the SDK lacks raises -1003 in the SDK's words.",
            "test_processing.py",
            "test_what_the_sdk_does_not_convert_is_refused_in_its_words",
        ),
        (
            "An unknown extension of a file raises -1009.",
            "test_processing.py",
            "test_files_that_cannot_be_written_are_refused",
        ),
    ),
    "Life cycle": (
        (
            "The System is one object for the whole process.",
            "test_system.py",
            "test_the_system_is_one_and_says_which_version_it_is",
        ),
        (
            "`ReleaseInstance` raises -1004 while anything refers to a camera.",
            "test_system.py",
            "test_release_is_refused_while_a_camera_is_held",
        ),
        (
            "`CameraList.Clear` drops only the references of the list.",
            "test_system.py",
            "test_clearing_the_list_does_not_raise_and_keeps_the_camera_usable",
        ),
        (
            "A list of cameras can be iterated and indexed.",
            "test_system.py",
            "test_a_camera_list_is_a_sequence_of_pointers",
        ),
        (
            "Without cameras the System is released at once.",
            "test_system.py",
            "test_a_system_with_no_cameras_is_released_at_once",
        ),
        (
            "The transport layer's node maps need no `Init`, the camera's does.",
            "test_system.py",
            "test_before_init_there_is_the_transport_layer_and_nothing_else",
        ),
        (
            "A payload of 0 bytes cannot start (-1013).",
            "test_stream.py",
            "test_an_empty_payload_cannot_start",
        ),
        (
            "A second `Init` or `DeInit` does nothing.",
            "test_system.py",
            "test_init_twice_and_deinit_twice_are_fine",
        ),
        (
            "`DeInit` leaves event handlers registered.",
            "test_fidelity.py",
            "test_image_handler_stays_registered_over_deinit",
        ),
        (
            "Settings stay until the camera loses power, user sets for good.",
            "test_fidelity.py",
            "test_settings_and_user_sets_last_in_a_named_world",
        ),
    ),
    "Images": (
        (
            "`GetNextImage` takes positions only.",
            "test_system.py",
            "test_get_next_image_takes_positions_only",
        ),
        (
            "Images that are held starve the stream.",
            "test_stream.py",
            "test_held_images_starve_the_stream_and_released_ones_feed_it",
        ),
        (
            "An image to which nobody refers gives its buffer back.",
            "test_stream.py",
            "test_an_image_that_nobody_refers_to_gives_its_buffer_back",
        ),
        (
            "An image that was released must not be used.",
            "test_stream.py",
            "test_after_release_every_method_of_an_image_refuses",
        ),
        ("Incomplete images say so by their status.", "test_engine.py", "test_incomplete_images_say_so"),
        (
            "Single and multi frame acquisitions end by themselves.",
            "test_engine.py",
            "test_single_and_multi_frame_acquisitions_end_by_themselves",
        ),
        (
            "USB3 cameras number images from 0, GigE cameras from 1.",
            "test_engine.py",
            "test_gige_cameras_count_images_from_one",
        ),
        (
            "Time stamps are those of the camera's clock, which can be latched.",
            "test_engine.py",
            "test_the_clock_can_be_latched_and_is_that_of_the_images",
        ),
        (
            "An image that a program makes has id, time and status 0.",
            "test_stream.py",
            "test_an_image_can_be_made_of_an_array",
        ),
        ("Image data must be uint8.", "test_stream.py", "test_images_of_wrong_data_are_refused"),
        (
            "Packed formats have no array.",
            "test_processing.py",
            "test_packed_images_have_no_array",
        ),
        (
            "Statistics describe one channel.",
            "test_processing.py",
            "test_statistics_describe_a_channel",
        ),
        (
            "Scaled, normalised and heat map images have the real library's values.",
            "test_image_utilities.py",
            "test_normalised_values_are_those_of_the_real_library",
        ),
    ),
    "Buffers": (
        (
            "6 buffers and 10 triggers give 6, 1 or 4 images, by the handling mode.",
            "test_stream.py",
            "test_six_buffers_and_ten_frames_give_what_the_vendors_example_gives",
        ),
        (
            "A USB3 camera keeps frames for which there is no buffer; a GigE camera loses them.",
            "test_fidelity.py",
            "test_gige_camera_loses_what_finds_no_buffer",
        ),
        (
            "The automatic buffer count locks the manual one.",
            "test_system.py",
            "test_automatic_buffer_count_locks_the_manual_one",
        ),
        ("One buffer is enough.", "test_fidelity.py", "test_one_buffer_is_enough"),
        (
            "Memory of the caller's has no figures before it is set (-1002), or before the stream (-1009).",
            "test_stream.py",
            "test_what_cannot_serve_as_a_buffer_is_refused",
        ),
        (
            "Images land in memory of the caller's.",
            "test_system.py",
            "test_images_land_in_the_memory_that_the_client_lends",
        ),
    ),
    "Events": (
        (
            "An image event handler excludes `GetNextImage`.",
            "test_system.py",
            "test_an_image_event_handler_gets_every_image_and_excludes_grabbing",
        ),
        (
            "A device event handler needs the notification of its event.",
            "test_system.py",
            "test_a_device_event_handler_hears_the_end_of_exposures",
        ),
        (
            "An error in a handler ends nothing.",
            "test_fidelity.py",
            "test_error_in_an_image_handler_is_printed_and_images_go_on",
        ),
        (
            "Interface handlers got serial numbers up to 2.x, and get cameras since.",
            "test_older.py",
            "test_interface_handlers_of_2_x_get_serial_numbers_and_may_fail",
        ),
        (
            "A node callback is called once for each change.",
            "test_nodes.py",
            "test_a_callback_is_called_once_for_a_change_of_its_node",
        ),
        (
            "Log lines come from a chosen priority upwards.",
            "test_system.py",
            "test_a_logging_event_handler_hears_what_is_important_enough",
        ),
    ),
    "Nodes": (
        (
            "An unknown node is None, and its pointers are false.",
            "test_nodes.py",
            "test_an_unknown_node_is_none_and_its_pointers_are_falsy",
        ),
        (
            "A cast to another kind gives an invalid pointer.",
            "test_nodes.py",
            "test_a_cast_to_another_kind_is_falsy_and_to_the_right_kind_works",
        ),
        (
            "QuickSpin nodes can be called.",
            "test_system.py",
            "test_quickspin_nodes_can_be_called_and_know_their_limits",
        ),
        (
            "The camera's integers are not PySpin's constants.",
            "test_nodes.py",
            "test_the_cameras_integers_are_not_pyspins_constants",
        ),
        (
            "Sizes, formats and chunks are locked while the camera streams; exposure and lines are not.",
            "test_nodes.py",
            "test_streaming_locks_what_it_locks_on_a_blackfly_and_nothing_else",
        ),
        (
            "An automatic setting locks what it sets.",
            "test_nodes.py",
            "test_a_setting_is_locked_until_its_automatic_is_off",
        ),
        (
            "A frame rate reads back quantised.",
            "test_nodes.py",
            "test_frame_rates_read_back_as_whole_multiples_of_8_ns",
        ),
        (
            "Offsets and sizes limit each other; binning comes before the region.",
            "test_nodes.py",
            "test_offsets_and_sizes_limit_each_other",
        ),
        (
            "Chunks are switched one by one; image and CRC always come.",
            "test_nodes.py",
            "test_chunks_are_switched_one_by_one_and_image_and_crc_always_come",
        ),
        (
            "Nodes of chunks are readable only when their chunk has come.",
            "test_fidelity.py",
            "test_chunk_nodes_are_readable_only_when_their_chunk_has_come",
        ),
        (
            "`AcquisitionStart` is write-only at any time.",
            "test_fidelity.py",
            "test_acquisition_start_is_write_only_at_any_time",
        ),
        ("The look-up table acts on the image.", "test_tools.py", "test_look_up_table_acts_on_the_image"),
        (
            "`GetGuiXml` is empty, and needs an open camera.",
            "test_tools.py",
            "test_gui_xml_is_empty_and_needs_an_open_camera",
        ),
        (
            "`ReadPort` and `WritePort` refuse other addresses with -1010.",
            "test_tools.py",
            "test_port_refuses_other_addresses_as_the_sdk_does",
        ),
    ),
    "Triggers and lines": (
        (
            "Line1 is an output and Line0 an input by construction.",
            "test_nodes.py",
            "test_output_only_line_accepts_output_and_refuses_input",
        ),
        (
            "The 3.3 V supply is on Line2 only.",
            "test_nodes.py",
            "test_the_3_3_volt_switch_is_on_line2_only_and_locks_its_mode",
        ),
        (
            "The output of Line1 needs a pull-up.",
            "test_engine.py",
            "test_the_open_collector_gives_no_edges_without_a_pull_up",
        ),
        (
            "A secondary exposes at a constant distance after its primary.",
            "test_engine.py",
            "test_a_secondary_exposes_with_its_primary_at_a_constant_distance",
        ),
        (
            "Triggers that come while the sensor is busy are ignored.",
            "test_engine.py",
            "test_triggers_that_come_while_the_sensor_is_busy_are_ignored",
        ),
        (
            "A software trigger gives one image.",
            "test_engine.py",
            "test_software_triggers_give_one_image_each_and_none_without",
        ),
        (
            "Action commands trigger the GigE cameras whose keys match.",
            "test_system.py",
            "test_an_action_command_triggers_the_gige_cameras_that_it_is_meant_for",
        ),
        (
            "Scheduled action commands need a common clock.",
            "test_system.py",
            "test_scheduled_action_commands_run_at_that_time_on_a_common_clock",
        ),
        (
            "Cameras that an action command is meant for answer with address and status.",
            "test_actions.py",
            "test_each_camera_that_is_meant_answers",
        ),
    ),
    "Files": (
        (
            "What was written into a camera's file is read again.",
            "test_filestore.py",
            "test_what_was_written_is_read_again",
        ),
        (
            "Frames have the exposure, gain and region of their set of the sequencer.",
            "test_sequencer.py",
            "test_frames_have_the_exposure_and_gain_of_their_set",
        ),
        (
            "A sequencer that is not valid refuses to start.",
            "test_fidelity.py",
            "test_sequencer_that_is_not_valid_refuses_to_start",
        ),
    ),
}

REFUSED: dict[str, str] = {
    "CDeviceInfoPtr": "its methods fill parameters, which Python cannot pass",
    "CNodeMapDynPtr": "node maps that are not a camera's are not built",
    "ChunkData": "no camera here sends inference results; the camera sets the chunks",
    "EGenApiSchemaVersionClass": "PySpin has no constants for it",
    "InferenceBoundingBoxResult": "only Firefly DL cameras infer",
    "NodeMap": "node maps that are not a camera's are not built",
    **dict.fromkeys(
        (
            *("CBooleanPtr", "CCategoryPtr", "CCommandPtr", "CEnumEntryPtr", "CEnumerationPtr"),
            *("CIntegerPtr", "CNodePtr", "CRegisterPtr", "CStringPtr", "CValuePtr"),
        ),
        "Python reaches callbacks through RegisterNodeCallback",
    ),
    "functions": "firmware updates, streams of C++ and module paths have no counterpart here",
}
"""Class: why some of its methods raise -1003."""

STORED: dict[str, str] = {
    "AasRoi|AutoExposure|BalanceWhiteAuto": "the automatic algorithms look at the whole image",
    "Saturation|Sharpening|ColorTransformation|Rgb|Ffc|Defect|BlackLevelClamping": "no effect on the image",
    "ImageCompression|MaxDatarate|AdaptiveCompression": "images are never compressed",
    "MultiRoi": "one region",
    "SequencerTriggerActivation": "the start of a frame has no edge to choose",
    "LogicBlock": "they refuse, see above",
    "SerialPort|SerialReceive": "nothing is connected to the serial port",
    "Transfer": "images leave by themselves",
    "Gev|U3V|Test|ControlPackets|DeviceLinkBandwidth": "settings of a wire that is not there",
    "Action": "actions are taken at once or by the clock",
    "LineFilter|ExposureActive|DeviceIndicator|SensorShutter|AcquisitionLineRate|AcquisitionFrameRatePer": (
        "nothing is seen of it in images"
    ),
    "Decimation": "the mode does not change which pixels are left out",
    "LUTIndex": "it selects an entry of the table",
    "LUTValueAll": "not available, see above",
    "TriggerEventTest": "no event follows",
}
"""Names that begin so: why a value is kept and has no effect."""

DIFFERENCES: tuple[tuple[str, str], ...] = (
    (
        "6 buffers and 10 triggers leave 4 images by `OldestFirstOverwrite`",
        "the vendor's example of 4.2 says so; library 2.6 leaves 6 (`buffer_handling`)",
    ),
    (
        "`GetNextImageSync` and `ImageListEventHandler` refuse with -1003",
        "they serve cameras with several streams, and a Blackfly S has one",
    ),
    (
        "`GetEventPayloadData` and `GetEventPayloadDataSize` refuse with -1003",
        "the layout of the payload is not published; the event nodes hold the same data",
    ),
    (
        "`ForceIP` and `DiscoverMaxPacketSize` of a USB3 camera refuse with -1003",
        "what the SDK says there is not known",
    ),
    (
        "Heat maps of Mono16 images refuse with -1003",
        "they are RGB16, which no virtual camera has",
    ),
    (
        "`ImageList.Save` writes a format of its own",
        "the vendor's is not published; `Load` reads only what was saved here",
    ),
    (
        "Heat map colours differ by at most 1 of 255",
        "the vendor's library rounds single-precision numbers",
    ),
    (
        "`ReadPort` returns a number of four bytes",
        "the 2.6 library takes a buffer; what PySpin 4 returns is not published",
    ),
    (
        "`CreateColorCorrected` always refuses",
        "the matrices are the vendor's measurements of its sensors",
    ),
    (
        "`SequencerMode` `On` turns automatic functions off, and each stream begins with the first set",
        "what a Blackfly S does there is not published",
    ),
    (
        "Saving a set of the sequencer needs no configuration mode",
        "its commands are writable at any time in a dump of a real camera",
    ),
    (
        "`SendActionCommand` takes a `ctypes.c_uint` and a list of `ActionCommandResult`",
        "PySpin's wrapper takes pointers of C, for which it publishes no other way than None",
    ),
    (
        "`GetFeatureBagHandle`, vectors and `gcstring` are Python objects",
        "there is no C++ behind them",
    ),
)

UNKNOWN: tuple[tuple[str, str], ...] = (
    ("what 4.1 brought", "its release notes and its reference: what it brought stands under 4.2"),
    (
        "constants of the enumerations since 4.2 (`FfcMode_…`, `MultiRoiSelector_…` and others)",
        "their values; the nodes work by `ToString` and `FromString`, and refuse constants with -2001",
    ),
    (
        "GenDC: the format of image files, `DisparityProcessingMethod` and its constants",
        "values and layout; `GenDCOption` is a record that nothing takes",
    ),
    ("the rest of `Scan3DParameters`", "the end of the list of its methods"),
    ("the values with which records of stereo cameras begin", "they begin with 0"),
)
"""Names of newer generations that stay out, and what no public source tells of them."""
